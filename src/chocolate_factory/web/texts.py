"""Every text of the pages, in English and Spanish. Keys are English and never shown."""

from __future__ import annotations

from typing import Literal

from chocolate_factory.web.alert_texts import ALERT_MESSAGES
from chocolate_factory.web.document_texts import DOCUMENT_MESSAGES
from chocolate_factory.web.fleet_texts import FLEET_MESSAGES
from chocolate_factory.web.note_texts import NOTE_MESSAGES
from chocolate_factory.web.panel_texts import PANEL_MESSAGES
from chocolate_factory.web.refusal_texts import REFUSAL_MESSAGES
from chocolate_factory.web.report_texts import REPORT_MESSAGES
from chocolate_factory.web.run_texts import RUN_MESSAGES

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "es")

PAGE_MESSAGES: dict[str, tuple[str, str]] = {  # key: (English, Spanish)
    # frame
    "language.name": ("English", "Español"),
    "language.label": ("Language", "Idioma"),
    "page.title": ("Energy plan", "Plan de energía"),
    "page.skip": ("Skip to content", "Saltar al contenido"),
    "page.as_of": ("Data as of", "Datos a"),
    "page.simulated": ("Simulated data", "Datos simulados"),
    "page.simulated_why": (
        "Made by the built-in simulation. Not market prices, not measured weather.",
        "Creados por la simulación incluida. No son precios de mercado ni tiempo medido.",
    ),
    "page.offline": (
        "The server cannot be reached. This page shows what was known at {when}.",
        "No se puede contactar con el servidor. Esta página muestra lo que se sabía el {when}.",
    ),
    "page.old": (
        "This page could not be made anew. It shows what was known at {when}.",
        "No se ha podido renovar esta página. Muestra lo que se sabía el {when}.",
    ),
    "page.prices_are": (
        "Prices are what a kWh costs under contract {contract} ({tariff}): tolls and electricity "
        "tax in, VAT out. Times are Madrid time.",
        "Los precios son lo que cuesta un kWh con el contrato {contract} ({tariff}): peajes e "
        "impuesto eléctrico incluidos, sin IVA. Horas de Madrid.",
    ),
    "page.interface": ("HTTP interface", "Interfaz HTTP"),
    "page.version": ("version {version}", "versión {version}"),
    # states
    "stale.title": ("These prices are old", "Estos precios están anticuados"),
    "stale.made": (
        "The outlook was made {when} and has not been renewed since.",
        "La previsión se hizo el {when} y no se ha renovado desde entonces.",
    ),
    "stale.now": (
        "No price is known for this moment.",
        "No se conoce el precio de este momento.",
    ),
    "stale.do": (
        "Check the data health below and run:",
        "Revise el estado de los datos, más abajo, y ejecute:",
    ),
    "empty.title": ("No prices yet", "Todavía no hay precios"),
    "empty.text": (
        "The store holds no price for today or later, so there is nothing to draw and no number "
        "is made up. One of these commands fills it:",
        "El almacén no tiene precios de hoy en adelante: no hay nada que dibujar y no se inventa "
        "ningún número. Una de estas órdenes lo llena:",
    ),
    "empty.demo": (
        "try everything without a network, on simulated data",
        "probarlo todo sin red, con datos simulados",
    ),
    "empty.ingest": (
        "fetch published prices and weather",
        "descargar precios publicados y tiempo",
    ),
    "empty.import": ("load price files you have", "cargar los ficheros de precios que tenga"),
    # before there is a forecast
    "first.title": ("Fetching the first data", "Descargando los primeros datos"),
    "first.text": (
        "This page fills by itself. Prices and weather are fetched newest first; until a price is "
        "stored there is nothing to draw, and no number is made up.",
        "Esta página se llena sola. Los precios y el tiempo se descargan empezando por lo más "
        "reciente; mientras no haya un precio guardado no hay nada que dibujar, y no se inventa "
        "ningún número.",
    ),
    "early.title": ("No forecast yet", "Todavía no hay previsión"),
    "early.text": ("Published prices are shown.", "Se muestran los precios publicados."),
    "early.when": (
        "A forecast starts once about seven weeks of prices are stored, and gets better as "
        "history comes in.",
        "La previsión empieza cuando hay guardadas unas siete semanas de precios, y mejora según "
        "llega la historia.",
    ),
    "early.from": ("Prices are stored from {when} on.", "Hay precios guardados desde el {when}."),
    "error.title": ("This page cannot be shown now", "Ahora no se puede mostrar esta página"),
    "error.retry": (
        "It tries again by itself every 30 seconds.",
        "Se vuelve a intentar sola cada 30 segundos.",
    ),
    "error.request": ("Request {request_id}", "Petición {request_id}"),
    # problems
    "problem.source-unavailable": (
        "A data source does not answer",
        "Una fuente de datos no responde",
    ),
    "problem.source-rejected": (
        "A data source refuses the request",
        "Una fuente de datos rechaza la petición",
    ),
    "problem.not-published": ("Not published yet", "Todavía no publicado"),
    "problem.source-changed": (
        "A data source changed its format",
        "Una fuente de datos cambió su formato",
    ),
    "problem.source-error": ("A data source failed", "Falló una fuente de datos"),
    "problem.file-refused": (
        "The file cannot be taken as it is",
        "El fichero no se puede aceptar tal como está",
    ),
    "problem.missing-data": (
        "Data needed for this is not stored",
        "No están guardados los datos necesarios",
    ),
    "problem.series-invalid": (
        "Stored values do not make a series",
        "Los valores guardados no forman una serie",
    ),
    "problem.store-error": (
        "The store cannot be read or written",
        "No se puede leer o escribir el almacén",
    ),
    "problem.document-invalid": ("A document contradicts itself", "Un documento se contradice"),
    "problem.infeasible": ("No plan meets every order", "Ningún plan cumple todos los pedidos"),
    "problem.solver-failed": (
        "The solver ended without an answer",
        "El optimizador terminó sin respuesta",
    ),
    "problem.model-not-fitted": (
        "Too little history for the model",
        "Poca historia para el modelo",
    ),
    "problem.no-plan": ("No plan is in force", "No hay ningún plan en vigor"),
    "problem.no-forecast": (
        "No stored forecast covers this",
        "Ninguna previsión guardada lo cubre",
    ),
    "problem.artefact-invalid": (
        "A stored model is not used",
        "Un modelo guardado no se usa",
    ),
    "problem.settings-invalid": ("A setting is impossible", "Un ajuste es imposible"),
    "problem.factory-error": ("This could not be done", "No se pudo hacer"),
    "problem.not-ready": ("Not ready", "No está listo"),
    "problem.invalid-request": ("The request cannot be understood", "No se entiende la petición"),
    "savings.method": (
        "Saving: what the habit (first in, first out from the first shift, the same batches) would "
        "have cost at the prices that were paid, less what the times as reported, else as planned, "
        "cost; both with the energy of the recipe.",
        "Ahorro: lo que habría costado la costumbre (por orden de llegada desde el primer turno, "
        "los mismos lotes) a los precios pagados, menos lo que costaron las horas comunicadas o, "
        "si no, las del plan; ambas cosas con la energía de la receta.",
    ),
    "problem.busy": (
        "One at a time, and another one is under way",
        "De uno en uno, y otro está en marcha",
    ),
    "problem.not-local": (
        "Only for programs on the machine itself, or with a token",
        "Solo para programas de la propia máquina, o con una clave de acceso",
    ),
    "problem.unknown-token": ("Not a token in force", "No es una clave de acceso vigente"),
    "problem.other-role": (
        "The token's role may not do this",
        "La función de la clave de acceso no lo permite",
    ),
    "problem.other-name": (
        "The server is not known by this name",
        "El servidor no se conoce por ese nombre",
    ),
    "problem.not-json": ("Only JSON is taken", "Solo se admite JSON"),
    "problem.too-large": ("Too large", "Demasiado grande"),
    "problem.too-slow": ("The body came too slowly", "El contenido llegó demasiado despacio"),
    "problem.too-many": ("Too many requests", "Demasiadas peticiones"),
    "problem.unknown-site": ("No such site", "No hay ese centro"),
    "problem.unknown": ("There is no such thing", "No existe"),
    "problem.not-now": ("Not possible as things stand", "Ahora no es posible"),
    "problem.unexpected": ("Unexpected error", "Error inesperado"),
    # words
    "word.published": ("published", "publicado"),
    "word.forecast": ("forecast", "previsto"),
    "word.now": ("now", "ahora"),
    "word.negative": ("negative price", "precio negativo"),
    "word.interval": ("80 % interval {low} to {high}", "intervalo del 80 %: {low} a {high}"),
    "word.interval_wide": (
        "90 % interval {low} to {high}",
        "intervalo del 90 %: {low} a {high}",
    ),
    "word.period": ("tariff period {period}", "periodo tarifario {period}"),
    "word.no_price": ("no price known", "sin precio conocido"),
    "word.no_hour": (
        "the clock skips this hour",
        "el reloj se salta esta hora",
    ),
    "word.none": ("none", "ninguno"),
    "level.best": (
        "full production: cheapest quarter of the week",
        "producción plena: cuarta parte más barata de la semana",
    ),
    "level.good": (
        "moderate production: second cheapest quarter",
        "producción moderada: segunda cuarta parte más barata",
    ),
    "level.dear": (
        "reduced production: second dearest quarter",
        "producción reducida: segunda cuarta parte más cara",
    ),
    "level.worst": (
        "no production that can wait: dearest quarter of the week",
        "nada que pueda esperar: cuarta parte más cara de la semana",
    ),
    "level.even": (
        "any hour: all that are shown cost the same",
        "cualquier hora: todas las mostradas cuestan lo mismo",
    ),
    # price now
    "now.title": ("Price now", "Precio ahora"),
    "now.until": ("until {when}", "hasta las {when}"),
    # advice
    "advice.title": ("Advice for this hour", "Consejo para esta hora"),
    "advice.optimal": ("Full production", "Producción plena"),
    "advice.moderate": ("Moderate production", "Producción moderada"),
    "advice.reduced": ("Reduced production", "Producción reducida"),
    "advice.halt": ("No production", "Sin producción"),
    "advice.probability": ("{share} probable", "{share} de probabilidad"),
    "advice.score": ("Price score {score} of 100", "Nota del precio: {score} de 100"),
    "advice.score_is": (
        "A score of 100: all of the next 24 h is dearer; 0: all of it is cheaper.",
        "Nota 100: las próximas 24 h son todas más caras; 0: todas más baratas.",
    ),
    "advice.by_model": (
        "By the model: right in {share} of {what}; the threshold rule in {rule}.",
        "Según el modelo: acierta en el {share} de {what}; la regla de umbrales, en el {rule}.",
    ),
    "advice.by_rule": (
        "By the threshold rule, which the model did not beat: right in {share} of {what}.",
        "Según la regla de umbrales, que el modelo no superó: acierta en el {share} de {what}.",
    ),
    "advice.hours": ("later hours", "las horas posteriores"),
    "advice.by_plain_rule": (
        "By a rule: where the price lies among those of the last seven days. No model yet.",
        "Según una regla: qué lugar ocupa el precio entre los de los últimos siete días. Aún no "
        "hay modelo.",
    ),
    "advice.judged_inside": (
        "Nobody measured the air at the line: the limits of the plant are judged by its model of "
        "the hall.",
        "Nadie midió el aire en la línea: los límites de la planta se juzgan con su modelo de la "
        "nave.",
    ),
    "advice.judged_outside": (
        "Nobody measured the air at the line, and the plant file has no model of the hall: the "
        "limits of the plant are judged by the outdoor air.",
        "Nadie midió el aire en la línea y el archivo de la planta no tiene modelo de la nave: los "
        "límites de la planta se juzgan con el aire exterior.",
    ),
    "advice.judged_unknown": (
        "The air of this hour is not all known: what is not known breaks no limit of the plant.",
        "No se conoce todo el aire de esta hora: lo que no se conoce no incumple ningún límite de "
        "la planta.",
    ),
    "advice.none": (
        "None for this hour: prices of the last seven days are missing, or it is being worked out.",
        "Ninguno para esta hora: faltan precios de los últimos siete días o se está calculando.",
    ),
    "advice.run": ("Run now what can be moved.", "Ponga ahora en marcha lo que se pueda mover."),
    "advice.either": ("Now or later makes little difference.", "Da casi igual ahora que después."),
    "advice.wait": ("Wait with what can be moved.", "Espere con lo que se pueda mover."),
    "advice.no_model": ("No model answers: {why}", "No responde ningún modelo: {why}"),
    "advice.other_price": (
        "The stored price of that instant is {price}; the given one was used.",
        "El precio guardado de ese instante es {price}; se usó el indicado.",
    ),
    "advice.learned_later": (
        "The model has also learned from prices that came after that instant.",
        "El modelo ha aprendido también de precios posteriores a ese instante.",
    ),
    "advice.without": (
        "The model had to learn without: {names}",
        "El modelo tuvo que aprender sin: {names}",
    ),
    "about.price": ("prices so far", "precios hasta ahora"),
    "about.coming": ("prices to come", "precios por venir"),
    "about.period": ("tariff periods", "periodos tarifarios"),
    "about.calendar": ("calendar", "calendario"),
    "about.shift": ("shifts", "turnos"),
    "about.weather": ("weather", "tiempo"),
    "urgency.high": (
        "Urgent: hardly an hour of the next 24 is cheaper.",
        "Urgente: casi ninguna de las próximas 24 horas es más barata.",
    ),
    "urgency.medium": (
        "Some hours of the next 24 are cheaper.",
        "Algunas de las próximas 24 horas son más baratas.",
    ),
    "urgency.low": (
        "No hurry: many hours of the next 24 are cheaper.",
        "Sin prisa: muchas de las próximas 24 horas son más baratas.",
    ),
    "urgency.hold_high": (
        "Urgent: nearly every hour of the next 24 is cheaper.",
        "Urgente: casi todas las próximas 24 horas son más baratas.",
    ),
    "urgency.hold_medium": (
        "Most hours of the next 24 are cheaper.",
        "La mayoría de las próximas 24 horas son más baratas.",
    ),
    "urgency.hold_low": (
        "By the price alone there is little to gain from waiting.",
        "Solo por el precio, esperar aporta poco.",
    ),
    "urgency.limit": (
        "Urgent: a limit of the plant is broken.",
        "Urgente: se incumple un límite de la planta.",
    ),
    "limit.max_c": (
        "Limit of the plant: {stage} may not run above {bound}, and it is {line}.",
        "Límite de la planta: {stage} no puede funcionar por encima de {bound}, y hay {line}.",
    ),
    "limit.min_c": (
        "Limit of the plant: {stage} may not run below {bound}, and it is {line}.",
        "Límite de la planta: {stage} no puede funcionar por debajo de {bound}, y hay {line}.",
    ),
    "limit.max_humidity_pct": (
        "Limit of the plant: {stage} may not run above {bound} of humidity, and it is {line}.",
        "Límite de la planta: {stage} no puede funcionar por encima del {bound} de humedad, y hay "
        "un {line}.",
    ),
    "reason.price": (
        "Cheaper than {day} of the last 24 h and {week} of the last seven days.",
        "Más barato que el {day} de las últimas 24 h y el {week} de los últimos siete días.",
    ),
    "reason.coming": (
        "{hours} of the next 24 h are published; with last week's prices beyond, {share} of them "
        "are cheaper.",
        "De las próximas 24 h hay {hours} publicadas; con los precios de la semana pasada para el "
        "resto, el {share} es más barato.",
    ),
    "reason.period": ("Tariff period {period}.", "Periodo tarifario {period}."),
    "reason.day_off": (
        "A week-end or holiday, at this hour and season.",
        "Fin de semana o festivo, a esta hora y en esta época.",
    ),
    "reason.working_day": (
        "A working day, at this hour and season.",
        "Día laborable, a esta hora y en esta época.",
    ),
    "reason.staffed": ("Operators are there.", "Hay operarios."),
    "reason.unstaffed": ("No operators are there.", "No hay operarios."),
    "reason.weather": ("{warm} at the plant.", "{warm} en la planta."),
    # next best hours
    "best.title": ("Next cheap hours", "Próximas horas baratas"),
    "best.what": (
        "The {hours} hours in a row that cost least, day by day",
        "Las {hours} horas seguidas más baratas de cada día",
    ),
    "best.below": (
        "{difference} below the day's mean",
        "{difference} por debajo de la media del día",
    ),
    "best.above": (
        "{difference} above the day's mean",
        "{difference} por encima de la media del día",
    ),
    "best.none": ("No complete window is known.", "No se conoce ningún tramo completo."),
    # next starts
    "next.title": ("Next starts", "Próximos arranques"),
    "next.running": ("Running now, until", "En marcha ahora, hasta las"),
    "next.no_plan": ("Nothing is planned.", "No hay nada planificado."),
    "next.nothing_runs": (
        "By the plan, no machine is running now.",
        "Según el plan, ahora no hay ninguna máquina en marcha.",
    ),
    "next.from": (
        "Nothing is planned before {when}.",
        "No hay nada planificado antes del {when}.",
    ),
    "next.over": (
        "The plan ended {when}. Make a new one:",
        "El plan terminó el {when}. Para hacer otro:",
    ),
    "next.no_more": (
        "Nothing more starts in this plan.",
        "En este plan ya no empieza nada más.",
    ),
    # weather
    "weather.title": ("Weather", "Tiempo"),
    "weather.instead": (
        "{source} instead of {preferred}",
        "{source} en lugar de {preferred}",
    ),
    "weather.none": (
        "No weather stored for the last hours.",
        "No hay tiempo guardado de las últimas horas.",
    ),
    "kind.published": ("published", "publicado"),
    "kind.measured": ("measured", "medido"),
    "kind.analysed": ("weather model", "modelo meteorológico"),
    "kind.forecast": ("forecast", "previsto"),
    "kind.imputed": ("imputed", "imputado"),
    # plan summary
    "plan.title": ("Plan of the week", "Plan de la semana"),
    "plan.saves": ("Expected saving", "Ahorro previsto"),
    "plan.share": ("{share} less than the baseline", "{share} menos que la referencia"),
    "plan.share_more": ("{share} more than the baseline", "{share} más que la referencia"),
    "plan.cost": ("Planned cost", "Coste del plan"),
    "plan.baseline": ("Baseline cost", "Coste de referencia"),
    "plan.baseline_is": (
        "Baseline: the same kilograms made first in, first out, without looking at prices.",
        "Referencia: los mismos kilos, por orden de llegada, sin mirar los precios.",
    ),
    "plan.energy": ("Energy", "Energía"),
    "plan.makes": ("Makes", "Produce"),
    "plan.proof": ("Proof", "Garantía"),
    "plan.optimal": ("proven cheapest", "óptimo demostrado"),
    "plan.gap": ("within {gap} of the cheapest", "a un {gap} como máximo del óptimo"),
    "plan.feasible": ("feasible, not proven cheapest", "factible, óptimo sin demostrar"),
    "plan.realised": ("At actual prices", "A precios reales"),
    "plan.realised_saving": (
        "{savings} saved ({share}): {plan} against {baseline}",
        "{savings} ahorrados ({share}): {plan} frente a {baseline}",
    ),
    "plan.not_yet": (
        "known when all its prices are published",
        "se sabrá cuando se publiquen todos sus precios",
    ),
    "plan.not_stored": (
        "unknown: prices of its days are missing, see",
        "sin saber: faltan precios de sus días, véase",
    ),
    "plan.from": ("Plan from {when}", "Plan desde el {when}"),
    "plan.made": ("Made", "Hecho"),
    "plan.covers": ("Covers", "Abarca"),
    "plan.none": ("No plan yet. Make one:", "Todavía no hay plan. Para hacerlo:"),
    "plan.early": (
        "The first plan is made once there is a forecast.",
        "El primer plan se hace en cuanto hay previsión.",
    ),
    # heatmap
    "heat.title": ("What a kWh costs, hour by hour", "Lo que cuesta un kWh, hora a hora"),
    "heat.unit": (
        "Figures in cents of a euro per kWh (c€/kWh), hourly means",
        "Cifras en céntimos de euro por kWh (c€/kWh), medias horarias",
    ),
    "heat.keys": (
        "Arrow keys move from hour to hour, Enter opens its quarter-hours.",
        "Las flechas mueven de hora en hora; Intro abre sus cuartos de hora.",
    ),
    "heat.hour": ("Hour", "Hora"),
    "heat.scale": ("Colour: price in c€/kWh", "Color: precio en c€/kWh"),
    # timeline
    "gantt.title": ("Machines", "Máquinas"),
    "gantt.keys": (
        "One row per machine. Arrow keys move from block to block, Enter opens one.",
        "Una fila por máquina. Las flechas mueven de bloque en bloque; Intro abre uno.",
    ),
    "gantt.files": ("As a file:", "En fichero:"),
    "gantt.shift_sheet": ("shift sheet (PDF)", "hoja de turnos (PDF)"),
    "gantt.workbook": ("workbook (XLSX)", "hoja de cálculo (XLSX)"),
    "gantt.calendar": ("calendar (ICS)", "calendario (ICS)"),
    "gantt.calendar_of": ("Calendar of {machine} (ICS)", "Calendario de {machine} (ICS)"),
    "gantt.price": ("Price", "Precio"),
    "gantt.priced_published": ("at published prices", "a precios publicados"),
    "gantt.priced_forecast": ("at forecast prices", "a precios previstos"),
    "gantt.priced_unknown": (
        "cost not known: no plan has a price for then",
        "coste desconocido: ningún plan tiene precio de entonces",
    ),
    "gantt.carried": ("batch already begun", "lote ya en marcha"),
    "gantt.sheet": ("What starts when", "Qué empieza cuándo"),
    "gantt.starts": ("{count} starts", "{count} arranques"),
    # price outlook
    "band.title": ("Price outlook", "Previsión de precios"),
    "band.what": (
        "Model {model}, made {when}",
        "Modelo {model}, hecha el {when}",
    ),
    "band.published": ("Published prices only", "Solo precios publicados"),
    "band.fixed": ("Prices agreed in the contract", "Precios acordados en el contrato"),
    "band.mean": ("expected", "esperado"),
    "band.p80": ("80 % interval (p10–p90)", "intervalo del 80 % (p10–p90)"),
    "band.p90": ("90 % interval (p05–p95)", "intervalo del 90 % (p05–p95)"),
    # how the forecasts do
    "models.title": ("How good the forecasts are", "Qué tal aciertan las previsiones"),
    "models.what": (
        "Every forecast issued is compared with the prices that came; last 28 days, up to 7 days "
        "ahead. Market prices, without the contract's terms.",
        "Cada previsión emitida se compara con los precios que llegaron; últimos 28 días, hasta 7 "
        "días vista. Precios de mercado, sin los términos del contrato.",
    ),
    "verdict.ok": ("as good as it should be", "aciertan como deben"),
    "verdict.drift": ("something is amiss", "algo va mal"),
    "verdict.unknown": ("cannot be judged yet", "aún no se puede juzgar"),
    "finding.above-median": (
        "The last 7 days err {ratio} times as much as the days before.",
        "En los últimos 7 días el error es {ratio} veces el de los días anteriores.",
    ),
    "finding.loses-to-naive": (
        "Model {model} errs {ratio} times as much as repeating the week before.",
        "El modelo {model} se equivoca {ratio} veces lo que repetir la semana anterior.",
    ),
    "models.lose_together": (
        "All forecasts together err {ratio} times as much as repeating the week before.",
        "Las previsiones en conjunto se equivocan {ratio} veces lo que repetir la semana anterior.",
    ),
    "unjudged.few-days": (
        "Fewer than 7 of the last 28 days are scored.",
        "Hay menos de 7 días evaluados de los últimos 28.",
    ),
    "unjudged.few-recent": (
        "Fewer than 4 of the last 7 days are scored: how they do by now is not known.",
        "Hay menos de 4 días evaluados de los últimos 7: no se sabe cómo van ahora.",
    ),
    "unjudged.no-naive": (
        "On fewer than 7 of the last 28 days it is known how repeating the week before would have "
        "done.",
        "En menos de 7 de los últimos 28 días se sabe qué habría dado repetir la semana anterior.",
    ),
    "finding.coverage-80": (
        "The 80 % interval held {share} of the prices, not {low} to {high}.",
        "El intervalo del 80 % contuvo el {share} de los precios, no del {low} al {high}.",
    ),
    "finding.coverage-90": (
        "The 90 % interval held {share} of the prices, not {low} to {high}.",
        "El intervalo del 90 % contuvo el {share} de los precios, no del {low} al {high}.",
    ),
    "models.unusable": (
        "The trained model is not used:",
        "El modelo entrenado no se usa:",
    ),
    "models.model": ("Model", "Modelo"),
    "models.weights": ("Made up of", "Compuesto de"),
    "models.beside": (
        "Beside repeating the week before",
        "Frente a repetir la semana anterior",
    ),
    "models.less": ("{share} less error", "{share} menos de error"),
    "models.more": ("{share} more error", "{share} más de error"),
    "models.error": ("Mean error", "Error medio"),
    "models.held": ("{band} % interval held", "Aciertos del intervalo del {band} %"),
    "models.made": ("Newest forecast", "Última previsión"),
    "models.trained": ("Trained", "Entrenado"),
    "models.unscored": (
        "Nothing scored yet: that happens as soon as prices arrive that were foretold.",
        "Todavía sin evaluar: se hace en cuanto llegan precios que estaban previstos.",
    ),
    "models.yesterday": ("Yesterday, foretold and actual", "Ayer, previsto y real"),
    "models.no_yesterday": (
        "No forecast of yesterday was stored before its prices were published.",
        "No se guardó ninguna previsión de ayer antes de publicarse sus precios.",
    ),
    "models.actual": ("actual", "real"),
    "models.foretold_was": ("foretold {price}", "previsto {price}"),
    "models.actual_was": ("actual {price}", "real {price}"),
    "models.actual_unknown": ("actual price not known", "precio real desconocido"),
    "models.mae": ("mean error {price}", "error medio {price}"),
    "models.too_high": ("{price} too high on average", "{price} por encima en promedio"),
    "models.too_low": ("{price} too low on average", "{price} por debajo en promedio"),
    "models.training_now": ("Training since {when}", "Entrenando desde las {when}"),
    "models.last_training": ("Last training {when}", "Último entrenamiento: {when}"),
    "models.never_trained": ("Not trained yet", "Todavía sin entrenar"),
    "models.next_training": ("next {when}", "el próximo: {when}"),
    # data health
    "health.title": ("Data health", "Estado de los datos"),
    "health.all": ("All series", "Todas las series"),
    "health.whole": ("{whole} of {count} complete", "{whole} de {count} completas"),
    "health.series": ("Series", "Serie"),
    "health.state": ("State", "Estado"),
    "health.count": ("Stored values", "Valores guardados"),
    "health.first": ("From", "Desde"),
    "health.last": ("To", "Hasta"),
    "health.age": ("Newest came in", "El último llegó"),
    "health.ago": ("{age} ago", "hace {age}"),
    "health.missing": ("Missing, last {days} days", "Faltan, últimos {days} días"),
    "health.none": ("No series is watched.", "No se vigila ninguna serie."),
    "state.ok": ("complete", "completa"),
    "state.late": ("late", "con retraso"),
    "state.empty": ("empty", "vacía"),
    # work under way
    "work.title": ("Under way", "En marcha"),
    "work.steps": ("{done} of {total}", "{done} de {total}"),
    "work.since": ("since {when}", "desde las {when}"),
    "work.long_since": ("since {when}", "desde el {when}"),
    "failure.title": ("Failed last time", "Fallaron la última vez"),
    "run.failed": ("failed, will be tried again", "falló, se volverá a intentar"),
    "run.rejected": ("refused: someone must act", "rechazado: alguien debe actuar"),
    "run.timed-out": ("took too long", "tardó demasiado"),
    "run.interrupted": ("interrupted", "interrumpido"),
    # gaps
    "gap.title": ("Gaps", "Huecos"),
    "gap.none": (
        "Nothing that is due is missing.",
        "No falta nada de lo que ya debería estar.",
    ),
    "gap.since": ("Since", "Desde"),
    "gap.oldest": ("the oldest since {when}", "el más antiguo desde el {when}"),
    "gap.missing": ("Missing", "Falta"),
    "gap.severity": ("Severity", "Gravedad"),
    "gap.feeds": ("Asked again at", "Se vuelve a pedir a"),
    "gap.what": (
        "Minor up to 2 h, moderate up to 12 h, critical above. Gaps are repaired by themselves as "
        "soon as a source has the values.",
        "Leve hasta 2 h, moderado hasta 12 h, crítico por encima. Los huecos se reparan solos en "
        "cuanto una fuente tiene los valores.",
    ),
    "severity.minor": ("minor", "leve"),
    "severity.moderate": ("moderate", "moderado"),
    "severity.critical": ("critical", "crítico"),
    # feeds
    "feed.count": (
        "{count} are asked, {keyless} of them lack a key",
        "se consultan {count}; a {keyless} les falta la clave",
    ),
    "feed.all": ("{count} are asked", "se consultan {count}"),
    "feed.title": ("Sources", "Fuentes"),
    "feed.source": ("Source", "Fuente"),
    "feed.last": ("Newest value for", "Último valor para"),
    "feed.next": ("Next due", "Próxima publicación"),
    "feed.always": ("all the time", "en todo momento"),
    "feed.key": ("Key", "Clave"),
    "feed.key_none": ("not needed", "no hace falta"),
    "feed.key_set": ("set", "puesta"),
    "feed.key_missing": ("key missing", "falta la clave"),
    "feed.key_do": ("set {variable}", "defina {variable}"),
    "feed.simulated": ("{source}, simulated", "{source}, simulada"),
    # disagreements
    "differ.title": ("Sources that differ", "Fuentes que no coinciden"),
    "differ.what": (
        "Both values are kept; the source that is trusted most is used.",
        "Se guardan ambos valores; se usa la fuente de más confianza.",
    ),
    "differ.values": ("What they say", "Lo que dicen"),
    "differ.by": ("Difference", "Diferencia"),
    "differ.more": ("And {count} more.", "Y {count} más."),
    # jobs
    "job.pvpc": ("Regulated prices", "Precios regulados"),
    "job.spot": ("Market prices", "Precios del mercado"),
    "job.day-ahead-watch": ("Tomorrow's prices", "Precios de mañana"),
    "job.weather": ("Weather", "Tiempo"),
    "job.weather-forecast": ("Weather forecast", "Previsión del tiempo"),
    "job.generation": ("Generation and demand", "Generación y demanda"),
    "job.history": ("Fetching history", "Descarga de la historia"),
    "job.gap-repair": ("Repairing gaps", "Reparación de huecos"),
    "job.train-prices": ("Training the price models", "Entrenamiento de los modelos de precios"),
    "job.train-advice": ("Learning the advice", "Aprendizaje del consejo"),
    "job.advise": ("Advice for the hour", "Consejo de la hora"),
    "job.forecast": ("Price forecast", "Previsión de precios"),
    "job.plan": ("Plan", "Plan de producción"),
    "job.score": ("Scoring the forecasts", "Evaluación de las previsiones"),
    "job.savings-close": ("Savings of the day", "Ahorro del día"),
    "job.alerts": ("Alerts", "Avisos"),
    "job.backup": ("Backup", "Copia de seguridad"),
    "job.retention": ("Clean-up", "Limpieza"),
    "job.probe": ("Reaching the sources", "Contacto con las fuentes"),
    "job.backfill": ("Repair that was asked for", "Reparación pedida"),
    "job.import": ("Files of the import folder", "Ficheros de la carpeta de importación"),
    "job.ingest-now": ("Fetch that was asked for", "Descarga pedida"),
    # columns
    "column.time": ("Time", "Hora"),
    "column.batch": ("Batch", "Lote"),
    "column.grade": ("Grade", "Calidad"),
    "column.stage": ("Stage", "Etapa"),
    "column.machine": ("Machine", "Máquina"),
    "column.energy": ("Energy", "Energía"),
    "column.cost": ("Cost", "Coste"),
    "column.price": ("Price", "Precio"),
    # series
    "series.pvpc": ("PVPC tariff", "PVPC"),
    "series.spot": ("Day-ahead market", "Mercado diario"),
    "series.temperature": ("Temperature", "Temperatura"),
    "series.humidity": ("Humidity", "Humedad"),
    "series.wind_speed": ("Wind", "Viento"),
    "series.precipitation": ("Rain", "Lluvia"),
    "series.solar_radiation": ("Sun", "Radiación solar"),
    "series.station_pressure": ("Pressure", "Presión"),
    "series.sea_level_pressure": ("Pressure at sea level", "Presión a nivel del mar"),
    "series.demand": ("Demand", "Demanda"),
    "series.generation_total": ("Generation", "Generación"),
    "series.demand_day_ahead": ("Demand forecast", "Demanda prevista"),
    "series.wind_day_ahead": ("Wind forecast", "Eólica prevista"),
    "series.solar_day_ahead": ("Solar forecast", "Solar prevista"),
    "series.temp_mean": ("Mean temperature", "Temperatura media"),
    # backtest
    "page.backtest": ("How good the forecasts are", "Acierto de las previsiones"),
    "backtest.title": ("Backtest of the models", "Prueba retrospectiva de los modelos"),
    "backtest.back": ("Energy plan", "Plan de energía"),
    "backtest.what": (
        "What each model would have foretold on past days, knowing only what was known then, "
        "beside the prices that came.",
        "Lo que cada modelo habría previsto en días pasados, sabiendo solo lo que se sabía "
        "entonces, junto a los precios que hubo.",
    ),
    "backtest.running": ("A backtest is running", "Hay una prueba en marcha"),
    "backtest.running_note": (
        "The page renews itself. If the program ends meanwhile, the backtest goes on where it "
        "stopped.",
        "La página se renueva sola. Si el programa termina entretanto, la prueba sigue donde se "
        "quedó.",
    ),
    "backtest.failed": (
        "The last backtest did not end well ({when})",
        "La última prueba no terminó bien ({when})",
    ),
    "backtest.none": ("No backtest yet", "Todavía no hay ninguna prueba"),
    "backtest.none_text": (
        "Nothing has been measured on this plant's prices, so there is no number to show. On the "
        "machine itself, begin one:",
        "Nada se ha medido con los precios de esta planta: no hay ningún número que mostrar. En el "
        "propio equipo, empiece una:",
    ),
    "backtest.none_post": (
        "over the last 90 days that are over, from the stored prices",
        "sobre los últimos 90 días ya completos, con los precios guardados",
    ),
    "backtest.none_file": ("over any price file", "sobre cualquier fichero de precios"),
    "backtest.horizon": ("{hours} h ahead", "a {hours} h"),
    "backtest.window": (
        "{origins} forecasts of each model, {first} to {last}",
        "{origins} previsiones de cada modelo, del {first} al {last}",
    ),
    "backtest.model": ("Model", "Modelo"),
    "backtest.best": ("errs least", "el que menos yerra"),
    "backtest.mae": ("Mean error, {unit}", "Error medio, {unit}"),
    "backtest.rmse": ("RMSE, {unit}", "RECM, {unit}"),
    "backtest.rmae": ("Of the naive's", "Respecto al ingenuo"),
    "backtest.crps": ("CRPS in {unit}", "CRPS, {unit}"),
    "backtest.decision": ("Decision value", "Valor de decisión"),
    "backtest.key": (
        "Below each figure its 95 % interval (block bootstrap). Of the naive's: error divided by "
        "that of the same hour one week earlier (two from the eighth day ahead; of "
        "quarter-hours, the mean of that hour with the shape of the last 28 days). p10–p90 and "
        "p05–p95 should hold 80 % and 90 % of the prices; more than 2 points off is marked. "
        "Decision value: share of the saving of each day's six cheapest hours that the forecast "
        "would have found.",
        "Bajo cada cifra, su intervalo del 95 % (remuestreo por bloques). Respecto al ingenuo: "
        "error dividido por el de la misma hora una semana antes (dos desde el octavo día; en "
        "cuartos de hora, la media de esa hora con la forma de los últimos 28 días). p10–p90 y "
        "p05–p95 deben contener el 80 % y el 90 % de los precios; se marca si se desvían más de "
        "2 puntos. Valor de decisión: parte del ahorro de las seis horas más baratas de cada día "
        "que la previsión habría encontrado.",
    ),
    "backtest.by_lead": ("Error by day ahead", "Error según los días de antelación"),
    "backtest.by_hour": ("Error by hour of the day", "Error según la hora del día"),
    "backtest.lead_day": ("day {day}", "día {day}"),
    "backtest.lead_short": ("d{day}", "día {day}"),
    "backtest.lead_axis": ("days ahead", "días de antelación"),
    "backtest.hour_axis": ("hour, Madrid time", "hora de Madrid"),
    "backtest.coverage": ("Do the bands hold?", "¿Se cumplen las bandas?"),
    "backtest.coverage_what": (
        "Prices inside p10–p90 by day ahead [%]; 80 is right",
        "Precios dentro de p10–p90 según la antelación [%]; lo correcto es 80",
    ),
    "backtest.pairs": ("Which models differ", "Qué modelos se distinguen"),
    "backtest.pairs_what": (
        "Diebold–Mariano test, Newey–West variance",
        "Contraste de Diebold–Mariano, varianza de Newey–West",
    ),
    "backtest.pairs_none": (
        "Too few forecasts, or only one model: nothing can be told apart.",
        "Hay muy pocas previsiones o un solo modelo: no se puede distinguir nada.",
    ),
    "backtest.better": ("Errs less", "Yerra menos"),
    "backtest.worse": ("than", "que"),
    "backtest.difference": ("by, {unit}", "en, {unit}"),
    "backtest.p_value": ("p-value", "valor p"),
    "backtest.tiny": ("below {least}", "menos de {least}"),
    "backtest.unsure": ("may be chance", "puede ser azar"),
    "backtest.basis": ("What this rests on", "En qué se apoya"),
    "backtest.made": ("Begun", "Empezada"),
    "backtest.took": ("Took", "Duró"),
    "backtest.history": ("Prices used", "Precios usados"),
    "backtest.known": ("Known at the origin", "Se sabía en el origen"),
    "backtest.before_spot": (
        "no price of the first day",
        "ningún precio del primer día",
    ),
    "backtest.spot_known": (
        "the market price of the first day",
        "el precio de mercado del primer día",
    ),
    "backtest.every": ("Forecasts", "Previsiones"),
    "backtest.every_day": ("one a day", "una al día"),
    "backtest.every_days": ("one every {days} days", "una cada {days} días"),
    "backtest.periods": ("Periods compared", "Periodos comparados"),
    "backtest.excluded": ("and {count} without a price", "y {count} sin precio"),
    "backtest.inputs": ("Other inputs", "Otras entradas"),
    "backtest.weights": (
        "Mean weights in {model}",
        "Pesos medios en {model}",
    ),
    "backtest.looked_at": ("Of these each model used", "De ellas usó cada modelo"),
    "backtest.lead_h": ("{hours} h ahead", "{hours} h por delante"),
    "backtest.past_only": ("its past only", "solo su pasado"),
    "backtest.skipped": ("Days left out for gaps before them", "Días omitidos por huecos previos"),
    "job.validate-models": ("Backtest of the models", "Prueba de los modelos"),
}

MESSAGES = {
    **PAGE_MESSAGES,
    **PANEL_MESSAGES,
    **REPORT_MESSAGES,
    **NOTE_MESSAGES,
    **REFUSAL_MESSAGES,
    **RUN_MESSAGES,
    **DOCUMENT_MESSAGES,
    **ALERT_MESSAGES,
    **FLEET_MESSAGES,
}
"""One entry per text; ``{name}`` stands for a value that is put in."""
