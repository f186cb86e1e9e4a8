"""What runs of jobs say, at work or ended, and why sources and models fail: English and Spanish.

Like notes, they are sentences where they arise: the English side is the form that they are known by
again.
"""

from __future__ import annotations

RUN_MESSAGES: dict[str, tuple[str, str]] = {  # note.CODE: (English as said, Spanish)
    # at work
    "note.waits_its_turn": ("waits for its turn", "espera su turno"),
    "note.forecasting": ("forecasting", "previendo"),
    "note.planning": ("planning", "planificando"),
    "note.closing": ("closing", "cerrando"),
    "note.advising": ("advising", "calculando el consejo"),
    "note.looking": ("looking", "mirando"),
    "note.telling": ("telling", "avisando"),
    "note.backing_up": ("backing up", "copiando"),
    "note.trimming": ("trimming", "limpiando"),
    "note.scoring": ("scoring {series}", "puntuando {series}"),
    "note.fits": ("fits of the models", "ajustes de los modelos"),
    "note.training": (
        "training {series}, state {number} of {count}",
        "entrenando {series}, estado {number} de {count}",
    ),
    "note.replaying": (
        "replaying the week of {monday}",
        "planificando de nuevo la semana del {monday}",
    ),
    "note.learning": ("learning: {why}", "aprendiendo: {why}"),
    "note.weeks_worked_out": (
        "{why}: {count} weeks worked out",
        "{why}: {count} semanas calculadas",
    ),
    "note.learns_score": ("score", "la puntuación"),
    "note.learns_class": ("class", "la clase"),
    "note.learns_kept": ("what is kept", "lo que se conserva"),
    "note.stage_habit": (
        "the habit's own least contract",
        "el contrato mínimo de lo habitual",
    ),
    "note.stage_search": ("choosing the powers", "eligiendo las potencias"),
    "note.stage_bound": (
        "proving that none is cheaper",
        "demostrando que no hay nada más barato",
    ),
    "note.stage_year": ("planning the whole year", "planificando el año entero"),
    "note.asking_days": ("days {first} to {last}", "días del {first} al {last}"),
    # ended
    "note.ended_meanwhile": (
        "the program ended while it ran",
        "el programa terminó mientras trabajaba",
    ),
    "note.stopped": ("stopped because the program ended", "parado porque terminó el programa"),
    "note.no_stop": (
        "it did not stop in time when the program ended",
        "no paró a tiempo al terminar el programa",
    ),
    "note.stuck": (
        "stuck past its limit: the other jobs go on without it; a restart ends it",
        "atascado más allá de su límite: los demás trabajos siguen sin él; un reinicio lo termina",
    ),
    "note.over_limit": (
        "not done within its limit of {seconds} s; what it stored is kept",
        "no acabó en su límite de {seconds} s; lo que guardó se conserva",
    ),
    "note.unexpected": (
        "unexpected error, see the log",
        "error inesperado: véase el registro",
    ),
    "note.goes_on": ("goes on from here: {why}", "seguirá desde aquí: {why}"),
    "note.brought": ("{new} new, {revised} revised", "{new} nuevos, {revised} revisados"),
    "note.brought_absent": (
        "{new} new, {revised} revised, {days} days not published",
        "{new} nuevos, {revised} revisados, {days} días sin publicar",
    ),
    "note.brought_both": (
        "{new} new, {revised} revised, {days} days not published, {count} implausible values left "
        "out",
        "{new} nuevos, {revised} revisados, {days} días sin publicar, {count} valores "
        "inverosímiles descartados",
    ),
    "note.brought_left_out": (
        "{new} new, {revised} revised, {count} implausible values left out",
        "{new} nuevos, {revised} revisados, {count} valores inverosímiles descartados",
    ),
    "note.tomorrow_published": (
        "tomorrow's prices are published",
        "los precios de mañana están publicados",
    ),
    "note.back_to": ("{new} new, back to {day}", "{new} nuevos, hasta el {day}"),
    "note.will_go_on": ("will go on: {why}", "seguirá: {why}"),
    # no plan
    "note.no_plan_for": ("no feasible plan: {why}", "no hay plan posible: {why}"),
    "note.kept_no_more": (
        "the plan in force cannot be kept: {why}",
        "el plan en vigor no puede mantenerse: {why}",
    ),
    "note.are_to_stay": (
        "{count} batches are to stay where they are",
        "{count} lotes han de quedarse donde están",
    ),
    "note.ways": (
        "ways out, the cheapest first: {why}",
        "salidas, la más barata primero: {why}",
    ),
    "note.way_overtime": (
        "staff for {hours} h more ({when}): {why}",
        "personal {hours} h más ({when}): {why}",
    ),
    "note.way_later": (
        "{late} of {count} batches of {order} up to {hours} h later (by {when}): {why}",
        "{late} de {count} lotes de {order} hasta {hours} h más tarde (para el {when}): {why}",
    ),
    "note.way_later_too": (
        "{late} of {count} batches of {order} up to {hours} h later (by {when})",
        "{late} de {count} lotes de {order} hasta {hours} h más tarde (para el {when})",
    ),
    "note.way_power": (
        "contracted power of {powers} kW: {why}",
        "potencia contratada de {powers} kW: {why}",
    ),
    "note.way_machine": ("one {machine} more: {why}", "una máquina más ({machine}): {why}"),
    "note.way_tank": (
        "a tank for {count} batches after {stage}, {hours} h at most: {why}",
        "un depósito para {count} lotes después de {stage}, {hours} h como mucho: {why}",
    ),
    "note.way_fewer": ("without {batches}: {why}", "sin {batches}: {why}"),
    "note.plan_costs_their_pay": (
        "the plan costs {eur} €, their pay not counted",
        "el plan cuesta {eur} €, sin contar su paga",
    ),
    "note.plan_costs_lost": (
        "the plan costs {eur} €, what is lost by it not counted",
        "el plan cuesta {eur} €, sin contar lo que se pierde con ello",
    ),
    "note.plan_costs_bought": (
        "the plan costs {eur} €, what it costs to buy not counted",
        "el plan cuesta {eur} €, sin contar lo que cuesta comprarlo",
    ),
    "note.plan_costs_term": (
        "the plan costs {eur} €, power term of a year not counted",
        "el plan cuesta {eur} €, sin contar el término de potencia de un año",
    ),
    "note.plan_costs_and_pay": (
        "the plan costs {eur} €, their pay {more} €",
        "el plan cuesta {eur} €; su paga, {more} €",
    ),
    "note.plan_costs_and_term": (
        "the plan costs {eur} €, power term of a year {more} €",
        "el plan cuesta {eur} €; el término de potencia de un año, {more} €",
    ),
    "note.plan_costs": ("the plan costs {eur} €", "el plan cuesta {eur} €"),
    "note.untried_excess": (
        "more contracted power was not tried: what may be drawn is limited by exceed_up_to_kw, and "
        "no contract changes that",
        "no se probó con más potencia contratada: lo que puede tomarse lo limita exceed_up_to_kw, "
        "y ningún contrato lo cambia",
    ),
    "note.untried_own": (
        "more contracted power was not tried: with PV or a battery it is not known how much less "
        "they leave to be contracted",
        "no se probó con más potencia contratada: con fotovoltaica o batería no se sabe cuánta "
        "menos dejan por contratar",
    ),
    # prices and weather that are missing
    "note.missing_periods": (
        "missing delivery periods {periods}. {why}",
        "faltan los periodos {periods}. {why}",
    ),
    "note.missing_periods_only": (
        "missing delivery periods {periods}.",
        "faltan los periodos {periods}.",
    ),
    "note.prices_missing": ("planning prices: {why}", "precios para planificar: {why}"),
    "note.every_period": (
        "Every period to be planned needs a price.",
        "Todo periodo que se planifica necesita un precio.",
    ),
    "note.import_them": ("Import or ingest them.", "Impórtelos o descárguelos."),
    "note.hour_missing": (
        "The price of this hour is missing.",
        "Falta el precio de esta hora.",
    ),
    "note.day_needed": (
        "A forecast needs a complete day among the {days} before the first it has to forecast: "
        "import or ingest them.",
        "Una previsión necesita un día completo entre los {days} anteriores al primero que ha de "
        "prever: impórtelos o descárguelos.",
    ),
    # models
    "note.needs_week": (
        "{model} on {series} needs the {days} days before the first it forecasts, there are "
        "{have}: import or ingest more history",
        "{model} para {series} necesita los {days} días anteriores al primero que prevé y hay "
        "{have}: importe o descargue más historia",
    ),
    "note.needs_history": (
        "{model} on {series} needs {days} days of history, there are {have}: import or ingest "
        "more, or choose another model",
        "{model} para {series} necesita {days} días de historia y hay {have}: importe o descargue "
        "más, o elija otro modelo",
    ),
    "note.needs_complete": (
        "{model} needs {days} complete days of history for {leads} days ahead with intervals, "
        "there are {have}: import or ingest more, or ask for a shorter horizon",
        "{model} necesita {days} días completos de historia para {leads} días con intervalos y hay "
        "{have}: importe o descargue más, o pida un horizonte más corto",
    ),
    "note.needs_past_forecasts": (
        "{model}: {count} past forecasts {lead} days ahead can be compared with what came, its "
        "intervals need {least}: import or ingest more history",
        "{model}: pueden compararse con lo ocurrido {count} previsiones pasadas a {lead} días, y "
        "sus intervalos necesitan {least}: importe o descargue más historia",
    ),
    "note.needs_whole_days": (
        "{model}: only {count} whole days to learn lead day {lead} from, {least} are needed: fill "
        "the gaps in the history, or choose another model",
        "{model}: solo hay {count} días enteros de los que aprender el día {lead}, y hacen falta "
        "{least}: complete los huecos de la historia o elija otro modelo",
    ),
    "note.needs_whole_weeks": (
        "{model} on {series}: only {count} days with whole weeks and moving prices before them, "
        "{least} are needed",
        "{model} para {series}: solo hay {count} días con semanas enteras y precios que cambian "
        "antes, y hacen falta {least}",
    ),
    "note.same_price": (
        "{model} on {series}: the price is the same in every hour",
        "{model} para {series}: el precio es el mismo a todas horas",
    ),
    "note.same_price_learn": (
        "{model} on {series}: the price is the same in every hour, there is nothing to learn",
        "{model} para {series}: el precio es el mismo a todas horas, no hay nada que aprender",
    ),
    "note.weeks_with_holes": (
        "{model}: the last weeks to {day} have holes that no similar earlier day fills: import or "
        "ingest them",
        "{model}: las últimas semanas hasta el {day} tienen huecos que ningún día anterior "
        "parecido llena: impórtelas o descárguelas",
    ),
    "note.weeks_before_with_holes": (
        "{model}: the last weeks before the origin have holes that no similar earlier day fills: "
        "import or ingest them",
        "{model}: las últimas semanas anteriores al origen tienen huecos que ningún día anterior "
        "parecido llena: impórtelas o descárguelas",
    ),
    "note.nothing_to_forecast_from": (
        "{model}: the history holds nothing to forecast {when} from: import or ingest the days "
        "before the origin",
        "{model}: la historia no tiene de qué prever {when}: importe o descargue los días "
        "anteriores al origen",
    ),
    "note.not_installed": (
        "{model} needs the library {library}, which is not installed: {command}",
        "{model} necesita la biblioteca {library}, que no está instalada: {command}",
    ),
    "note.model_instead": (
        "the model trained {when} is used",
        "se usa el modelo entrenado el {when}",
    ),
    "note.forecasts_meanwhile": (
        "{model} forecasts until the next training",
        "{model} prevé hasta el próximo entrenamiento",
    ),
    "note.model_damaged": (
        "the trained model {file} is damaged ({kind})",
        "el modelo entrenado {file} está dañado ({kind})",
    ),
    "note.model_damaged_content": (
        "the trained model {file} is damaged: its checksum is not that of its content",
        "el modelo entrenado {file} está dañado: su suma no es la de su contenido",
    ),
    "note.model_damaged_name": (
        "the trained model {file} is damaged: its checksum is not the one in its name",
        "el modelo entrenado {file} está dañado: su suma no es la de su nombre",
    ),
    "note.model_of_version": (
        "the trained model {file} is of version {version}, this program is {own}",
        "el modelo entrenado {file} es de la versión {version}, y este programa es {own}",
    ),
    "note.model_of_libraries": (
        "the trained model {file} was made by other code or with other libraries than this "
        "program's ({libraries})",
        "el modelo entrenado {file} se hizo con otro código u otras bibliotecas que las de este "
        "programa ({libraries})",
    ),
    "note.model_of_series": (
        "the trained model {file} is of {series}, not of {wanted}",
        "el modelo entrenado {file} es de {series}, no de {wanted}",
    ),
    "note.model_unread": (
        "the trained model {file} cannot be read: {fault}",
        "el modelo entrenado {file} no puede leerse: {fault}",
    ),
    # the model of advice
    "note.advice_untrained": (
        "no advice model has been trained yet: `train-advice` does so at its next time, once "
        "enough prices are stored",
        "aún no se ha entrenado ningún modelo de consejos: lo hará `train-advice` en su próxima "
        "hora, cuando haya bastantes precios guardados",
    ),
    "note.advice_of_other": (
        "the advice model of {day} was made for another plant, other orders or another contract: "
        "`train-advice` makes a new one at its next time",
        "el modelo de consejos del {day} se hizo para otra planta, otros pedidos u otro contrato: "
        "`train-advice` hará uno nuevo en su próxima hora",
    ),
    "note.advice_unread": (
        "the advice models in {folder} cannot be read: {fault}",
        "los modelos de consejos de {folder} no pueden leerse: {fault}",
    ),
    **{
        f"note.advice_{code}": (
            english
            + "`train-advice` makes a new one at its next time; until then the rule answers",
            spanish + "`train-advice` hará uno nuevo en su próxima hora; hasta entonces responde "
            "la regla",
        )
        for code, english, spanish in (
            (
                "format",
                "the advice model is not of format {format}: ",
                "el modelo de consejos no tiene el formato {format}: ",
            ),
            (
                "damaged",
                "the advice model's checksum does not fit: its file is damaged. ",
                "la suma del modelo de consejos no cuadra: su fichero está dañado. ",
            ),
            (
                "broken",
                "the advice model cannot be read ({fault}). ",
                "el modelo de consejos no puede leerse ({fault}). ",
            ),
            (
                "version",
                "the advice model is of another program version: ",
                "el modelo de consejos es de otra versión del programa: ",
            ),
        )
    },
    "note.advice_weeks": (
        "advice: {weeks} weeks of prices can be learned from and {least} are needed to learn, "
        "calibrate and evaluate; until then the rule answers",
        "consejos: se puede aprender de {weeks} semanas de precios y hacen falta {least} para "
        "aprender, calibrar y evaluar; hasta entonces responde la regla",
    ),
    "note.waits_for_history": ("waits for history: {why}", "espera historia: {why}"),
    # sources
    "note.no_answer": (
        "no answer in time ({kind}); try again later",
        "sin respuesta a tiempo ({kind}); pruebe más tarde",
    ),
    "note.unreachable": (
        "{fault}; check the network, or try again later",
        "{fault}; revise la red o pruebe más tarde",
    ),
    "note.http_later": ("HTTP {status}; try again later", "HTTP {status}; pruebe más tarde"),
    "note.http_wait": (
        "HTTP {status}; it asks to wait {seconds} s",
        "HTTP {status}; pide esperar {seconds} s",
    ),
    "note.http_key": (
        "HTTP {status}, access refused: check the key of this source; without a key, the service "
        "is blocking this address",
        "HTTP {status}, acceso denegado: revise la clave de esta fuente; si no lleva clave, el "
        "servicio bloquea esta dirección",
    ),
    "note.http_refused": (
        "HTTP {status}: the request was refused",
        "HTTP {status}: la petición fue rechazada",
    ),
    "note.http_access": ("HTTP {status}: access refused", "HTTP {status}: acceso denegado"),
    "note.too_long": (
        "the answer is longer than {bytes} bytes",
        "la respuesta pasa de {bytes} bytes",
    ),
    "note.too_slow": (
        "the answer took too long to come; try again later",
        "la respuesta tardó demasiado; pruebe más tarde",
    ),
    "note.no_turn": (
        "no time left to wait for our turn",
        "no queda tiempo para esperar el turno",
    ),
    "note.question_over": (
        "the time for this question is over",
        "se acabó el tiempo de esta petición",
    ),
    "note.asked_to_wait": (
        "{host} asked us to wait: it is not asked for another {seconds} s",
        "{host} pidió esperar: no se le pregunta durante otros {seconds} s",
    ),
    "note.not_asked": (
        "not asked: the program is ending",
        "sin preguntar: el programa está terminando",
    ),
    "note.redirects_circle": ("{place} redirects in a circle", "{place} redirige en círculo"),
    "note.redirects_elsewhere": (
        "{place} redirects to {host}, which is not followed",
        "{place} redirige a {host}, adonde no se sigue",
    ),
    "note.web_page": (
        "answered with a web page instead of data; try again later",
        "respondió con una página web en vez de datos; pruebe más tarde",
    ),
    "note.not_json": (
        "the answer ({bytes} bytes) is not complete JSON; try again later",
        "la respuesta ({bytes} bytes) no es JSON completo; pruebe más tarde",
    ),
    "note.format_changed": (
        "{why}; nothing of this answer is stored. If it repeats, the service has changed its "
        "format: report it",
        "{why}; no se guarda nada de esta respuesta. Si se repite, el servicio ha cambiado su "
        "formato: comuníquelo",
    ),
    "note.says_error": (
        "says error {code}; try again later",
        "dice error {code}; pruebe más tarde",
    ),
    "note.says": (
        "says {code} ({said}); try again later",
        "dice {code} ({said}); pruebe más tarde",
    ),
    "note.key_refused": (
        "refuses the key: check it ({said})",
        "rechaza la clave: revísela ({said})",
    ),
    "note.key_refused_ask": (
        "refuses the key ({said}): check it, or ask for one",
        "rechaza la clave ({said}): revísela o pida una",
    ),
    "note.request_refused": ("refuses the request ({said})", "rechaza la petición ({said})"),
    "note.request_refused_code": (
        "refuses the request: {code} ({said})",
        "rechaza la petición: {code} ({said})",
    ),
    "note.too_many_for_key": (
        "too many requests for this key: ask again in {seconds} s",
        "demasiadas peticiones con esta clave: vuelva a preguntar en {seconds} s",
    ),
    "note.addresses_unreached": (
        "address {places} could not be reached",
        "no se pudo llegar a la dirección {places}",
    ),
}
