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
    # lines of a file
    "note.power_falls": (
        "{place}: contracted power may not fall from P1 to P6, and {upper} ({upper_kw} kW) is "
        "below {lower} ({lower_kw} kW)",
        "{place}: la potencia contratada no puede bajar de P1 a P6, y {upper} ({upper_kw} kW) está "
        "por debajo de {lower} ({lower_kw} kW)",
    ),
    "note.unknown_product": (
        "{place}: unknown product; the plant makes {products}",
        "{place}: producto desconocido; la planta hace {products}",
    ),
    "note.no_due_time": (
        "{place}: no due time: give `due` with `default` or `{day}`",
        "{place}: sin hora límite: indique `due` con `default` o `{day}`",
    ),
    "note.not_plausible": (
        "{place}: {value} €/MWh is not plausible for {what} (expected {least} to {most}): is it in "
        "another unit?",
        "{place}: {value} €/MWh no es verosímil para {what} (se espera de {least} a {most}): ¿está "
        "en otra unidad?",
    ),
    "note.hardly_anything": (
        "{place}: {value} €/MWh is hardly anything: was {kwh} €/kWh meant? Then write {better}",
        "{place}: {value} €/MWh es casi nada: ¿quería decir {kwh} €/kWh? Entonces escriba {better}",
    ),
}
