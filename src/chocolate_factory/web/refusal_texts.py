"""Why a plan, a batch at another time or a file cannot be: in English, as said, and in Spanish.

Like notes, they are sentences where they arise: the English side is the form that they are known by
again.
"""

from __future__ import annotations

_STAFF = (
    ("", "", ""),
    ("_staffed", " while staff is there", " con personal presente"),
    ("_begun", " with staff to start it", " con personal que la empiece"),
)
_BESIDES = (("", "", ""), ("_besides", ", besides work begun before", ", aparte de lo empezado"))
_BATCHES = (("", "{count} batches", "{count} lotes"), ("_one", "1 batch", "1 lote"))
_DO = (
    (
        "",
        "Send it on the server itself, straight to http://127.0.0.1 or http://localhost and its "
        "port, or straight to the server with a token",
        "Envíela en el propio servidor, directamente a http://127.0.0.1 o http://localhost y su "
        "puerto, o directamente al servidor con un token",
    ),
    (
        "_not_by_page",
        "Send it on the server itself, straight to http://127.0.0.1 or http://localhost and its "
        "port, or straight to the server with a token, not from a page",
        "Envíela en el propio servidor, directamente a http://127.0.0.1 o http://localhost y su "
        "puerto, o directamente al servidor con un token, no desde una página",
    ),
)
_FROM_AFAR = (
    (
        "only_here",
        "This path answers only to programs on its own machine",
        "Esta ruta solo responde a programas de su propia máquina",
    ),
    (
        "another_host",
        "The request names another host than this machine",
        "La petición nombra otro equipo que esta máquina",
    ),
    (
        "old_http",
        "The request came by HTTP/1.0, as a proxy sends it",
        "La petición vino por HTTP/1.0, como la envía un proxy",
    ),
    (
        "through_proxy",
        "The request came through a proxy ({headers})",
        "La petición vino a través de un proxy ({headers})",
    ),
    (
        "no_host",
        "The request names no host, or several",
        "La petición no nombra ningún equipo, o varios",
    ),
    (
        "other_page",
        "The request was sent by a page of another site",
        "La petición la envió una página de otro sitio",
    ),
)

REFUSAL_MESSAGES: dict[str, tuple[str, str]] = {  # note.CODE: (English as said, Spanish)
    # no plan at all
    **{
        f"note.too_late{code}": (
            "{late} of " + english + " of {order} cannot be finished by {when}: machines, staff "
            "and power together leave no room",
            "{late} de " + spanish + " de {order} no pueden acabarse antes del {when}: máquinas, "
            "personal y potencia juntos no dejan sitio",
        )
        for code, english, spanish in _BATCHES
    },
    "note.fewest_late": (
        "{count} batches is the fewest that must be late; which orders they belong to may be "
        "chosen otherwise",
        "{count} lotes son los menos que han de retrasarse; de qué pedidos, puede elegirse de otro "
        "modo",
    ),
    "note.too_little_power": (
        "{stage} of {grade} draws {peak} kW, and contracted power less the base load never leaves "
        "more than {most} kW",
        "{stage} de {grade} toma {peak} kW, y la potencia contratada menos el consumo base nunca "
        "deja más de {most} kW",
    ),
    "note.battery_empty": (
        "the battery holds {stored} kWh when the plan begins and cannot be charged to the {start} "
        "kWh that it has to hold when it ends",
        "la batería tiene {stored} kWh cuando empieza el plan y no puede cargarse hasta los "
        "{start} kWh que ha de tener cuando acaba",
    ),
    **{
        f"note.no_time{code}": (
            english + " of {order}: not one batch ({need} of work) can be made before planning "
            "ends on {when} with the staff and power there are",
            spanish + " de {order}: ni un lote ({need} de trabajo) puede hacerse antes de que "
            "acabe la planificación, el {when}, con el personal y la potencia que hay",
        )
        for code, english, spanish in _BATCHES
    },
    **{
        f"note.due_too_soon{code}": (
            english + " of {order} due {due}: one batch takes {need} and, begun on or after "
            "{begin} with staff there, is not finished before {soonest}",
            spanish + " de {order} para el {due}: un lote tarda {need} y, empezado a partir del "
            "{begin} con personal presente, no se acaba antes del {soonest}",
        )
        for code, english, spanish in _BATCHES
    },
    **{
        f"note.too_much_work{staff}{besides}": (
            "by {when} the orders ({orders}) need {need} h of {stage}; {machines} can give at most "
            "{usable} h until then" + staff_en + besides_en,
            "hasta el {when} los pedidos ({orders}) necesitan {need} h de {stage}; {machines} dan "
            "como mucho {usable} h hasta entonces" + staff_es + besides_es,
        )
        for staff, staff_en, staff_es in _STAFF
        for besides, besides_en, besides_es in _BESIDES
    },
    "note.base_load_above": (
        "the base load alone is {kw} kW on {when}, and {limit} kW are contracted then",
        "solo el consumo base ya es de {kw} kW el {when}, y entonces hay {limit} kW contratados",
    ),
    "note.base_load_above_most": (
        "the base load alone is {kw} kW on {when}, and {limit} kW may be drawn then",
        "solo el consumo base ya es de {kw} kW el {when}, y entonces pueden tomarse {limit} kW",
    ),
    "note.ends_before": (
        "planning would end on {when}, before its origin",
        "la planificación acabaría el {when}, antes de su comienzo",
    ),
    "note.late_beside_pins": (
        "first in, first out cannot be on time beside the pinned batches",
        "por orden de llegada no se cumple el plazo junto a los lotes fijados",
    ),
    # a batch at another time
    "note.cannot_begin": (
        "a batch of {grade} cannot begin on {when}: there is no staff, machine or power for one of "
        "its stages then, it would not be done in time, or work under way is in its place",
        "un lote de {grade} no puede empezar el {when}: entonces no hay personal, máquina o "
        "potencia para una de sus etapas, no se acabaría a tiempo, o hay trabajo en marcha en su "
        "lugar",
    ),
    "note.plan_begins": ("this plan begins on {when}", "este plan empieza el {when}"),
    "note.plan_ends": ("this plan ends on {when}", "este plan acaba el {when}"),
    "note.frozen": (
        "nothing before {when} is moved any more",
        "antes del {when} ya no se mueve nada",
    ),
    "note.batch_frozen": (
        "{batch} begins on {begin}, and nothing before {when} is moved any more",
        "{batch} empieza el {begin}, y antes del {when} ya no se mueve nada",
    ),
    "note.goes_on_too_soon": (
        "{batch} goes on {span} before {stage} is done",
        "{batch} sigue {span} antes de acabar {stage}",
    ),
    "note.machine_busy": (
        "{machine} cannot have begun {batch}: it has {other} from {when}, as was reported. Say "
        "which machine it is, report when that one ended, or take that report back",
        "{machine} no puede haber empezado {batch}: tiene {other} desde {when}, según se notificó. "
        "Diga qué máquina es, notifique cuándo acabó el otro o retire esa notificación",
    ),
    "note.stage_ahead_open": (
        "{stage} of {batch} cannot have begun before {ahead} was done, which nobody reported and "
        "the plan has on {when}: report that first, or look at the time",
        "{stage} de {batch} no puede haber empezado antes de acabar {ahead}, que nadie ha "
        "notificado y el plan tiene el {when}: notifíquelo primero o revise la hora",
    ),
    "note.stage_ahead_running": (
        "{stage} of {batch} cannot have begun by then: {ahead} was reported to begin on {when}. "
        "Look at the time, report when that ended, or take that report back",
        "{stage} de {batch} no puede haber empezado entonces: se notificó que {ahead} empezó el "
        "{when}. Revise la hora, notifique cuándo acabó o retire esa notificación",
    ),
    "note.stage_after_begun": (
        "{after} of {batch} was reported to begin on {when}, and {stage} comes before it: take "
        "that report back first, or look at the time",
        "se notificó que {after} de {batch} empezó el {when}, y {stage} va antes: retire primero "
        "esa notificación o revise la hora",
    ),
    "note.waits_too_long": (
        "{batch} waits {wait} after {stage}, where at most {most} are allowed",
        "{batch} espera {wait} después de {stage}, donde se permiten {most} como mucho",
    ),
    "note.tank_full": (
        "{count} batches in the {tank} at {when}",
        "{count} lotes en {tank} a las {when}",
    ),
    "note.two_at_once": (
        "{machine} runs {one} and {other} at once",
        "{machine} haría {one} y {other} a la vez",
    ),
    "note.nobody_there": (
        "{block} has nobody there at {when}",
        "{block} no tendría a nadie presente a las {when}",
    ),
    "note.too_warm": (
        "{block} runs at {celsius} °C and {humidity} % at {when}",
        "{block} se haría a {celsius} °C y {humidity} % a las {when}",
    ),
    "note.above_power": (
        "{drawn} kW and {base} kW of base load at {when}, above {limit} kW",
        "{drawn} kW y {base} kW de consumo base a las {when}, por encima de {limit} kW",
    ),
    "note.no_way_below_power": (
        "PV and battery leave no way to stay below contracted power",
        "ni con la fotovoltaica y la batería cabe en la potencia contratada",
    ),
    "note.not_in_time": (
        "{count} batches of {order} are not made in time",
        "{count} lotes de {order} no se harían a tiempo",
    ),
    "note.rests": (
        "{machine} rests {gap} between {one} and {other}, where {need} min are needed",
        "{machine} descansaría {gap} entre {one} y {other}, y hacen falta {need} min",
    ),
    "note.changes": (
        "{machine} has {gap} to change from {one} to {other}, where {need} min are needed",
        "{machine} tendría {gap} para cambiar de {one} a {other}, y hacen falta {need} min",
    ),
    "note.in_maintenance": (
        "{needed} of {machines} machines of {stage} are in maintenance from {when}, and {idle} are "
        "idle",
        "{needed} de {machines} máquinas de {stage} están en mantenimiento desde {when}, y {idle} "
        "quedarían libres",
    ),
    # accepting, reporting, pinning, undoing
    "note.none_proposed": (
        "no plan is proposed now: what was, is out of date. Plan anew",
        "ahora no hay ningún plan propuesto: el que hubo está anticuado. Planifique de nuevo",
    ),
    "note.another_proposed": (
        "{asked} is not proposed now; {plan} is",
        "{asked} no está propuesto ahora; lo está {plan}",
    ),
    "note.told_since": (
        "something was reported, taken back or pinned after this plan was proposed, and it does "
        "not know: plan anew",
        "se comunicó o fijó algo después de proponerse este plan, que no lo sabe: planifique de "
        "nuevo",
    ),
    "note.too_near": (
        "nothing that begins before {when} is moved any more, and this would change what is "
        "planned till then: {batches}. Plan anew",
        "lo que empieza antes del {when} ya no se mueve, y esto cambiaría lo planificado hasta "
        "entonces: {batches}. Planifique de nuevo",
    ),
    "note.no_plan_in_force": (
        "no plan is in force: plan first",
        "no hay ningún plan en vigor: planifique primero",
    ),
    "note.none_to_move": (
        "no plan is in force, so none of its batches can be moved: plan first",
        "no hay ningún plan en vigor, así que no puede moverse ningún lote: planifique primero",
    ),
    "note.no_such_batch": (
        "the plan in force has no batch {batch} to come; it has: {batches}",
        "al plan en vigor no le queda ningún lote {batch}; le quedan: {batches}",
    ),
    "note.no_such_stage": (
        "the plan in force has no {stage} of {batch}; its stages are: {stages}",
        "el plan en vigor no tiene {stage} de {batch}; sus etapas son: {stages}",
    ),
    "note.still_to_come": (
        "what is still to come cannot be reported as done: look at the times",
        "lo que está por venir no puede darse por hecho: mire las horas",
    ),
    "note.planned_elsewhen": (
        "{block} was planned for {when}, more than {days} days away from the start that is "
        "reported",
        "{block} estaba previsto para el {when}, a más de {days} días del comienzo que se comunica",
    ),
    "note.nothing_noted": (
        "nothing noted as {event} holds: it may be undone already",
        "nada anotado como {event} sigue en vigor: puede que ya esté deshecho",
    ),
    "note.another_since": (
        "another plan was put in force since: it stays",
        "desde entonces se puso en vigor otro plan: se queda",
    ),
    "note.none_before": (
        "there was no plan before this one: make a new one instead",
        "antes de este no había ningún plan: haga uno nuevo",
    ),
    "note.carried_out": (
        "this plan has been carried out since {when}: too late to undo. Make a new one instead",
        "este plan se lleva a cabo desde el {when}: es tarde para deshacerlo. Haga uno nuevo",
    ),
    "note.reported_meanwhile": (
        "something was reported while this plan is in force, and the plan before it would not "
        "know. Make a new one instead, which does; or undo the reports first and report again once "
        "the plan before is in force",
        "se comunicó algo estando este plan en vigor, y el anterior no lo sabría. Haga uno nuevo, "
        "que lo sabrá; o deshaga antes lo comunicado y comuníquelo otra vez cuando el anterior "
        "esté en vigor",
    ),
    "note.report_taken_over": (
        "this report says nothing of the plan in force: its batch is done with, or was reported "
        "anew since",
        "esta notificación no dice nada del plan en vigor: su lote ya está terminado o se notificó "
        "de nuevo después",
    ),
    "note.batch_begun": (
        "this batch has begun: there is nothing to undo",
        "este lote ya ha empezado: no hay nada que deshacer",
    ),
    # the set-up
    "note.no_weekday": (
        "weekly: give at least one weekday some kg",
        "Indique kg para algún día de la semana",
    ),
    "note.no_template": (
        "template: {asked} is none; there are {templates}",
        "{asked} no es ninguna plantilla; hay {templates}",
    ),
    "note.address_empty": (
        "addresses: address {place} is empty or holds a space",
        "La dirección {place} está vacía o tiene un espacio",
    ),
    "note.address_unknown": (
        "addresses: address {place} is not understood: write it as apprise does, such as "
        "ntfy://topic",
        "La dirección {place} no se entiende: escríbala como apprise, por ejemplo ntfy://topic",
    ),
    "note.no_demo": (
        "this is no demo: there is no simulated data to remove",
        "esto no es una demostración: no hay datos simulados que eliminar",
    ),
    # the guard
    **{
        f"note.{code}{where}": (f"{english}. {do_en}.", f"{spanish}. {do_es}.")
        for code, english, spanish in _FROM_AFAR
        for where, do_en, do_es in _DO
    },
    "note.takes_token": (
        "Whatever changes something takes a token here: `chocolate-factory token create` makes "
        "one. It is sent as Authorization: Bearer and the token.",
        "Lo que cambia algo necesita aquí un token: `chocolate-factory token create` hace uno. Se "
        "envía como Authorization: Bearer y el token.",
    ),
    "note.token_unknown": (
        "The token is not one in force: `chocolate-factory token create` makes one. It is sent as "
        "Authorization: Bearer and the token.",
        "El token no es ninguno en vigor: `chocolate-factory token create` hace uno. Se envía como "
        "Authorization: Bearer y el token.",
    ),
    "note.takes_role": (
        "This takes the role {needed}; the token has the role {role}.",
        "Esto necesita el rol {needed}; el token tiene el rol {role}.",
    ),
    "note.other_name": (
        "The request is for {said}, and this server does not know that name as its own. Ask by an "
        "address, on the machine itself http://127.0.0.1 or http://localhost and the port; or add "
        "the name to CHOCOLATE_FACTORY_SERVER_NAMES and start the server anew.",
        "La petición es para {said}, y este servidor no conoce ese nombre como suyo. Pregunte por "
        "una dirección, en la propia máquina http://127.0.0.1 o http://localhost y el puerto; o "
        "añada el nombre a CHOCOLATE_FACTORY_SERVER_NAMES y reinicie el servidor.",
    ),
    "note.only_json": (
        "Send the body as JSON, with Content-Type: application/json.",
        "Envíe el cuerpo como JSON, con Content-Type: application/json.",
    ),
    "note.no_body": (
        "A request that reads brings no body.",
        "Una petición que lee no trae cuerpo.",
    ),
    "note.long_head": (
        "Path, query and headers may have {bytes} bytes together.",
        "La ruta, la consulta y las cabeceras pueden tener {bytes} bytes en total.",
    ),
    "note.long_body": (
        "The body may have at most {bytes} bytes.",
        "El cuerpo puede tener como mucho {bytes} bytes.",
    ),
    "note.slow_body": (
        "The body has to be there within {seconds} s.",
        "El cuerpo ha de llegar en {seconds} s.",
    ),
    "note.too_often": (
        "This address asks too often: ask again in {seconds} s.",
        "Esta dirección pregunta demasiado: vuelva a preguntar en {seconds} s.",
    ),
}
