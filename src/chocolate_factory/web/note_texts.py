"""The notes of plans, forecasts, bills and climate in English, as they are made, and in Spanish.

A note is stored as its English sentence, with the plan it belongs to. The English side here is the
form of that sentence: what stands in braces is its values. So a note is known by a code and its
values again, and can be said in another language.
"""

from __future__ import annotations

NOTE_MESSAGES: dict[str, tuple[str, str]] = {  # note.CODE: (English as made, Spanish)
    "note.nothing_ran": (
        "no meter was read and no plan was in force",
        "no se leyó ningún contador ni había un plan en vigor",
    ),
    "note.base_load": (
        "Base load counts against contracted power and is no part of the cost.",
        "El consumo base cuenta para la potencia contratada y no entra en el coste.",
    ),
    "note.margin": (
        "Supplier's margin {margin} €/MWh: assumed; give your own as margin_eur_mwh in a contract "
        "file.",
        "Margen de la comercializadora, {margin} €/MWh: supuesto; indique el suyo como "
        "margin_eur_mwh en un fichero de contrato.",
    ),
    "note.services": (
        "Adjustment services {costs}, the same in every hour: assumed; give your own as "
        "adjustment_services_eur_mwh in a contract file.",
        "Servicios de ajuste {costs}, iguales a todas horas: supuesto; indique los suyos como "
        "adjustment_services_eur_mwh en un fichero de contrato.",
    ),
    "note.losses": (
        "Losses at the standard coefficients, without the hourly correction the system operator "
        "makes afterwards.",
        "Pérdidas con los coeficientes estándar, sin la corrección horaria que el operador del "
        "sistema hace después.",
    ),
    "note.given": (
        "The given prices are taken as what a kWh costs: no contract applies.",
        "Los precios indicados se toman como lo que cuesta un kWh: no se aplica ningún contrato.",
    ),
    "note.carried_forward": (
        "Tolls, charges and taxes are known to {day}; later days are priced with those of that day "
        "until market/regulated.py is extended.",
        "Los peajes, cargos e impuestos se conocen hasta el {day}; los días posteriores llevan los "
        "de ese día hasta que se amplíe market/regulated.py.",
    ),
    "note.pvpc_limit": (
        "PVPC is legally limited to {limit} kW of contracted power and {highest} kW is contracted: "
        "this supply cannot buy at PVPC. Read the figures as a comparison, and use an indexed or "
        "fixed contract for the bill.",
        "El PVPC está limitado por ley a {limit} kW de potencia contratada y hay {highest} kW "
        "contratados: este suministro no puede acogerse al PVPC. Lea las cifras como comparación y "
        "use un contrato indexado o fijo para la factura.",
    ),
    "note.tariff_ends": (
        "2.0TD ends at {limit} kW and {highest} kW is contracted: this supply is 3.0TD, or 6.1TD "
        "with its own transformer.",
        "La 2.0TD acaba en {limit} kW y hay {highest} kW contratados: este suministro es 3.0TD, o "
        "6.1TD con transformador propio.",
    ),
    "note.tariff_begins": (
        "3.0TD begins above {limit} kW and only {highest} kW is contracted: this supply is 2.0TD.",
        "La 3.0TD empieza por encima de {limit} kW y solo hay {highest} kW contratados: este "
        "suministro es 2.0TD.",
    ),
    "note.falling_power": (
        "contracted power may not fall from P1 to P6, and {upper} ({upper_kw} kW) is below {lower} "
        "({lower_kw} kW)",
        "la potencia contratada no puede bajar de P1 a P6, y {upper} ({upper_kw} kW) es menor que "
        "{lower} ({lower_kw} kW)",
    ),
    "note.overdue": (
        "{order}: was due {when}; every further hour costs its penalty",
        "{order}: vencía el {when}; cada hora más cuesta su penalización",
    ),
    "note.stock": (
        "{order}: {taken} of {kg} kg are taken from stock",
        "{order}: {taken} de {kg} kg salen del almacén",
    ),
    "note.later": (
        "{later} of {all} dated orders belong to later days",
        "{later} de {all} pedidos con fecha son de días posteriores",
    ),
    "note.taken_over": (
        "work that the plan of {made} started before {when} is taken as done as planned",
        "el trabajo que el plan del {made} empezó antes del {when} se da por hecho según lo "
        "previsto",
    ),
    "note.battery_left": (
        "the battery is taken to hold {held} kWh on {when}, as the plan of {made} leaves it",
        "se da por hecho que la batería guarda {held} kWh el {when}, como la deja el plan del "
        "{made}",
    ),
    "note.surplus_one": (
        "{count} batch of {grade} started before {when} is for no order any more",
        "{count} lote de {grade} empezado antes del {when} ya no es para ningún pedido",
    ),
    "note.surplus": (
        "{count} batches of {grade} started before {when} are for no order any more",
        "{count} lotes de {grade} empezados antes del {when} ya no son para ningún pedido",
    ),
    "note.held_too_long": (
        "{batch}, which is under way, waits {wait} after {stage}, and {most} are allowed: look at "
        "it",
        "{batch}, que está en marcha, espera {wait} tras {stage}, y se permiten {most}: revíselo",
    ),
    "note.begun_late": (
        "{order}: due on {when}, and what is under way for it is done on {done}",
        "{order}: vence el {when}, y lo que está en marcha para él acaba el {done}",
    ),
    "note.late": (
        "late orders cost {plan} € in this plan and {baseline} € in the baseline",
        "los retrasos cuestan {plan} € en este plan y {baseline} € en la referencia",
    ),
    "note.weighed_for_safety": (
        "weighed for safety ({risk} of 1): {price} € more on average than the plan of least "
        "expected cost, for {gained} € less in one case of ten",
        "sopesado por seguridad ({risk} de 1): {price} € más de media que el plan de menor coste "
        "esperado, a cambio de {gained} € menos en uno de cada diez casos",
    ),
    "note.none_is_safer": (
        "weighed for safety ({risk} of 1): none of the plans tried is better than that of least "
        "expected cost",
        "sopesado por seguridad ({risk} de 1): ninguno de los planes probados mejora el de menor "
        "coste esperado",
    ),
    "note.guarded": (
        "the habit is kept: the plan found would cost {plan} € on average and above {high} € in "
        "one case of four, the habit {habit} € and above {habit_high} €",
        "se mantiene lo habitual: el plan hallado costaría {plan} € de media y más de {high} € en "
        "uno de cada cuatro casos; lo habitual, {habit} € y más de {habit_high} €",
    ),
    "note.added_by_habit": (
        "what is new begins as the habit has it: the plan found would cost {plan} € on average and "
        "above {high} € in one case of four, the habit {habit} € and above {habit_high} €",
        "lo nuevo empieza según lo habitual: el plan hallado costaría {plan} € de media y más de "
        "{high} € en uno de cada cuatro casos; lo habitual, {habit} € y más de {habit_high} €",
    ),
    "note.unproven": (
        "the search stopped after {seconds} s: the best possible plan may be up to {gap} cheaper "
        "than this one",
        "la búsqueda paró a los {seconds} s: el mejor plan posible puede ser hasta un {gap} más "
        "barato que este",
    ),
    "note.rounded": (
        "{order}: {kg} kg are made as {batches} whole batches of {each} kg, {made} kg",
        "{order}: {kg} kg se hacen en {batches} lotes enteros de {each} kg, {made} kg",
    ),
    "note.exceeding": (
        "power above the contracted one costs {plan} € in this plan and {baseline} € in the "
        "baseline",
        "los excesos de potencia cuestan {plan} € en este plan y {baseline} € en la referencia",
    ),
    "note.exceeded_so_far": (
        "excess power of the month so far: {read} quarter-hours from the meter, {planned} as "
        "planned, {unknown} not known and taken as without any",
        "excesos de potencia del mes hasta ahora: {read} cuartos de hora del contador, {planned} "
        "según lo previsto y {unknown} desconocidos, que se toman como sin excesos",
    ),
    "note.habit_exceeds": (
        "baseline: the habit exceeds contracted power, it could not be on time otherwise",
        "referencia: lo habitual supera la potencia contratada; de otro modo no llegaría a tiempo",
    ),
    "note.habit_too_slow": (
        "baseline: first in, first out cannot meet every due time of these orders; in its place "
        "every batch begins as early as the others let it, blind to prices",
        "referencia: por orden de llegada no se cumplen todos los plazos de estos pedidos; en su "
        "lugar, cada lote empieza en cuanto los demás lo permiten, sin mirar los precios",
    ),
    "note.habit_not_proven": (
        "baseline: first in, first out cannot meet every due time of these orders, and how early "
        "every batch could begin was not proven in time; the plan stands in its place, and no "
        "saving is told",
        "referencia: por orden de llegada no se cumplen todos los plazos de estos pedidos, y no "
        "dio tiempo a demostrar lo antes que podría empezar cada lote; en su lugar queda el plan, "
        "y no se indica ahorro",
    ),
    "note.no_process_answers": (
        "no solver process said what it found (exit status {ends}): killed, out of memory, or "
        "still at work when its time was over; free memory or plan fewer days",
        "ningún proceso de cálculo dijo lo que encontró (estado de salida {ends}): lo pararon, "
        "faltó memoria o seguía trabajando al acabar su tiempo; libere memoria o planifique menos "
        "días",
    ),
    "note.no_process_starts": (
        "no solver process could be started ({fault}): free memory or plan fewer days",
        "no se pudo iniciar ningún proceso de cálculo ({fault}): libere memoria o planifique menos "
        "días",
    ),
    "note.habit_late_one": (
        "the habit would be up to {days} day late",
        "lo habitual llegaría hasta {days} día tarde",
    ),
    "note.habit_late": (
        "the habit would be up to {days} days late",
        "lo habitual llegaría hasta {days} días tarde",
    ),
    "note.not_billed": (
        "Meter rent, the financing of the social bonus and reactive energy are not in this bill.",
        "El alquiler del contador, la financiación del bono social y la energía reactiva no están "
        "en esta factura.",
    ),
    "note.own_planned": (
        "PV and battery are as planned in {count} quarter-hours that no meter told.",
        "La fotovoltaica y la batería van según lo previsto en {count} cuartos de hora sin "
        "contador.",
    ),
    "note.own_unknown": (
        "PV and battery are left out of {count} quarter-hours that no meter told and of which no "
        "plan says what they do: those are machines and base load.",
        "La fotovoltaica y la batería no están en {count} cuartos de hora sin contador de los que "
        "ningún plan dice lo que hacen: esos son máquinas y consumo base.",
    ),
    "note.no_excess_billed": (
        "Excess power is not in this bill: it is measured by quarter-hours, and the curve was read "
        "by the hour.",
        "Los excesos de potencia no están en esta factura: se miden por cuartos de hora y la curva "
        "se leyó por horas.",
    ),
    "note.undated_excess": (
        "Excess power before 2025 at Kp · 1.4064 €/kW with the Kp of an undated public page: "
        "compare with your bills of that time.",
        "Los excesos de potencia anteriores a 2025 van a Kp · 1,4064 €/kW, con los Kp de una "
        "página pública sin fecha: compárelos con sus facturas de entonces.",
    ),
    "note.part_of_month": (
        "Excess power of a month that is billed in part counts with that part.",
        "Los excesos de un mes que solo se factura en parte cuentan con esa parte.",
    ),
    "note.other_powers": (
        "{tariff} has {wanted} contracted powers, {given} are given",
        "{tariff} tiene {wanted} potencias contratadas y se indican {given}",
    ),
    "note.read_by_hour": (
        "the meter was read by the hour, excess is measured by quarter-hours",
        "el contador se leyó por horas y los excesos se miden por cuartos de hora",
    ),
    "note.not_closed": (
        "days of the month that are not closed: {count}, the first of them {day}",
        "días del mes sin cerrar: {count}, el primero el {day}",
    ),
    "note.not_compared": (
        "the habit's excess power in {month} is not known, for there is no account of {days}",
        "no se conocen los excesos de potencia por costumbre en {month}: no hay cuenta de {days}",
    ),
    "note.closed_otherwise": (
        "the month was closed with excess power of {habit} € by habit and {actual} € as it went: "
        "its account keeps those",
        "el mes se cerró con excesos de potencia de {habit} € por costumbre y {actual} € como se "
        "hizo: su cuenta conserva esos",
    ),
    "note.fed_in_not_known": (
        "the excess power of habit and plan hangs on what was fed into the grid, which nothing "
        "tells in {count} quarter-hours",
        "los excesos de potencia por costumbre y según plan dependen de lo vertido a la red, que "
        "no se conoce en {count} cuartos de hora",
    ),
    "note.no_weather": (
        "ambient limits of {stages} are not looked at: no weather forecast is known",
        "no se miran los límites ambientales de {stages}: no se conoce ninguna previsión del "
        "tiempo",
    ),
    "note.weather_to": (
        "ambient limits of {stages} are looked at up to {when}: the weather forecast known reaches "
        "no further",
        "los límites ambientales de {stages} se miran hasta el {when}: la previsión del tiempo "
        "conocida no llega más lejos",
    ),
    "note.habit_early": (
        "baseline: {early} of {all} batches of {order} begin before their own day, which leaves no "
        "room for them",
        "referencia: {early} de {all} lotes de {order} empiezan antes de su día, en el que no "
        "caben",
    ),
    "note.other_model": (
        "too little history for {wanted}: {model} forecasts in its place",
        "poca historia para {wanted}: en su lugar prevé {model}",
    ),
    "note.untrained": (
        "no champion is trained yet, the job train-prices does it: {model} forecasts in its place",
        "aún no hay un modelo campeón entrenado, lo hace la tarea train-prices: en su lugar prevé "
        "{model}",
    ),
    "note.unfit_ahead": (
        "champion is trained for {trained} days ahead, {asked} are asked for: {model} forecasts in "
        "its place",
        "el modelo campeón está entrenado para {trained} días y se piden {asked}: en su lugar "
        "prevé {model}",
    ),
    "note.unfit_inputs": (
        "champion is trained with more than is known now ({names}): {model} forecasts in its place",
        "el modelo campeón está entrenado con más de lo que ahora se conoce ({names}): en su lugar "
        "prevé {model}",
    ),
    "note.beaten": (
        "{wanted} erred {ratio} times as much as the naive of late: {model} forecasts in its place",
        "{wanted} se equivocó últimamente {ratio} veces lo que el ingenuo: en su lugar prevé "
        "{model}",
    ),
    "note.beaten_by_name": (
        "{model} erred {ratio} times as much as the naive of late, and was asked for by name",
        "{model} se equivocó últimamente {ratio} veces lo que el ingenuo, y se pidió por su nombre",
    ),
    "note.known_only_to": (
        "inputs known only to {day}: {names}; models do without",
        "entradas conocidas solo hasta el {day}: {names}; los modelos prescinden de ellas",
    ),
    "note.known_only_lately": (
        "inputs known only to {day}: {names}; models that need all have none",
        "entradas conocidas solo hasta el {day}: {names}; los modelos que las necesitan todas no "
        "usan ninguna",
    ),
    "note.not_known": (
        "inputs not known: {names}; models do without",
        "entradas que no se conocen: {names}; los modelos prescinden de ellas",
    ),
    "note.not_when_trained": (
        "known, but not when the model was trained, and not used: {names}",
        "conocidas, pero no cuando se entrenó el modelo, y no usadas: {names}",
    ),
    "note.not_foretold": (
        "not foretold of late, and not used: {names}",
        "sin previsión reciente, y no usadas: {names}",
    ),
    "note.bridged": (
        "prices are complete only to {last}: the {days} days between that and {first} are bridged",
        "los precios solo están completos hasta el {last}: se puentean los {days} días de ahí al "
        "{first}",
    ),
    "note.holes": (
        "{holes} of the last {days} days have gaps: similar earlier days stand in for them in the "
        "model's inputs",
        "{holes} de los últimos {days} días tienen huecos: en las entradas del modelo los suplen "
        "días anteriores parecidos",
    ),
    "note.alike": (
        "fewer than {days} days of quarter-hour prices are known: the quarters of an hour are "
        "forecast alike",
        "se conocen menos de {days} días de precios por cuartos de hora: los cuartos de una hora "
        "se prevén iguales",
    ),
    "note.seldom_known": (
        "inputs known on {days} of the newest {of} days that models learn from: {names}; models "
        "that would lose too many days do without them",
        "entradas conocidas en {days} de los últimos {of} días de los que aprenden los modelos: "
        "{names}; los modelos que perderían demasiados días prescinden de ellas",
    ),
    "note.no_origin": (
        "no forecast of {days}: the days before are not complete",
        "sin previsión de {days}: los días anteriores no están completos",
    ),
    "note.older_origin": (
        "forecast from an older day, for the one before is not complete: {days}",
        "previstos desde un día más antiguo, porque el anterior no está completo: {days}",
    ),
    "note.hours_unused": (
        "{names}: hours {since} to {until} ahead are not used: a day counts when {hours} of its "
        "hours are known",
        "{names}: no se usan las horas {since} a {until} por delante: un día cuenta cuando se "
        "conocen {hours} de sus horas",
    ),
    "note.seldom_at_first": (
        "{names}: known on {days} of the {of} days before the first origin that models learn from; "
        "those that would lose too many days do without",
        "{names}: de los {of} días anteriores al primer origen de los que aprenden los modelos se "
        "conoce en {days}; los modelos que perderían demasiados prescinden de ello",
    ),
    "note.missing_at": (
        "{names}: missing at {count} of {origins} origins, which are answered without",
        "{names}: falta en {count} de {origins} orígenes, que se responden sin ello",
    ),
    "note.too_short_for": (
        "the history is too short for parts of champion: {parts}",
        "la historia es demasiado corta para partes del campeón: {parts}",
    ),
    "note.naive_answered": (
        "{model}: no part beats the naive of late at {count} of {origins} origins: there the naive "
        "forecasts",
        "{model}: en {count} de {origins} orígenes ninguna parte supera últimamente al ingenuo: "
        "allí prevé el ingenuo",
    ),
    "note.parts_lost": (
        "{model}: without weight at {count} of {origins} origins, having erred more than the naive "
        "of late: {parts}",
        "{model}: sin peso en {count} de {origins} orígenes, por haberse equivocado últimamente "
        "más que el ingenuo: {parts}",
    ),
    "note.parts_unfitted": (
        "{model}: could not be fitted at {count} of {origins} origins: {parts}",
        "{model}: no se pudieron ajustar en {count} de {origins} orígenes: {parts}",
    ),
    "note.without_part": (
        "the champion does without {model}: {why}",
        "el modelo campeón prescinde de {model}: {why}",
    ),
    "note.no_weight": (
        "{model} erred {ratio} times as much as the naive of late: it has no weight",
        "{model} se equivocó últimamente {ratio} veces lo que el ingenuo: no tiene peso",
    ),
    "note.advised_weeks": (
        "Each week of {year} is planned by itself with its prices known: real plans, made on "
        "forecasts, save less.",
        "Cada semana de {year} se planifica por separado conociendo sus precios: los planes "
        "reales, hechos con previsiones, ahorran menos.",
    ),
    "note.advised_yearly": (
        "Powers can be changed once a year; another year has other prices.",
        "Las potencias se pueden cambiar una vez al año; otro año tiene otros precios.",
    ),
    "note.advised_unpriced": (
        "{without} of {weeks} weeks lack prices: they were checked to be possible, and the others "
        "stand for them.",
        "A {without} de {weeks} semanas les faltan precios: se comprobó que son posibles, y las "
        "demás las representan.",
    ),
    "note.advised_months": (
        "No week that begins in these months has prices: {months}.",
        "Ninguna semana que empieza en estos meses tiene precios: {months}.",
    ),
    "note.advised_every": (
        "Powers were searched for over one priced week in {every}.",
        "Las potencias se buscaron sobre una de cada {every} semanas con precios.",
    ),
    "note.advised_connection": (
        "The powers found reach {kw} kW, all that the connection carries: with more the year "
        "might cost less.",
        "Las potencias halladas llegan a {kw} kW, todo lo que admite la acometida: con más, el "
        "año podría costar menos.",
    ),
    "note.advised_peak": (
        "The powers found reach {kw} kW, the most that was looked at (today's highest, or the "
        "peak of the habit without a limit): with more the year might cost less.",
        "Las potencias halladas llegan a {kw} kW, lo máximo que se miró (la mayor de hoy, o la "
        "punta de lo habitual sin límite): con más, el año podría costar menos.",
    ),
    "note.advised_tariff": (
        "The powers found reach {kw} kW, the most of such a contract: on another the year might "
        "cost less.",
        "Las potencias halladas llegan a {kw} kW, lo máximo de un contrato así: con otro, el año "
        "podría costar menos.",
    ),
    "note.advised_more": (
        "More than today's {kw} kW is advised: what the distributor charges once for more power, "
        "and what the installation needs for it, are not in these costs.",
        "Se aconseja más que los {kw} kW de hoy: lo que la distribuidora cobra una vez por más "
        "potencia, y lo que la instalación necesite para ella, no está en estos costes.",
    ),
    "note.advised_ambient": (
        "Ambient limits of the plant were not looked at.",
        "No se miraron los límites ambientales de la planta.",
    ),
    "note.left_out": (
        "{day} has no account and is in no sum: {why}",
        "el {day} no tiene cuenta y no entra en ninguna suma: {why}",
    ),
    "note.terms_unknown": (
        "contract and plant of before {day} are not stored: those of that day are used",
        "el contrato y la planta de antes del {day} no están guardados: se usan los de ese día",
    ),
    "note.terms_never": (
        "contract and plant of then are not stored: those of today are used",
        "el contrato y la planta de entonces no están guardados: se usan los de hoy",
    ),
    "note.contract_changed": (
        "the contract changed on {day}: all is billed under that of {last}",
        "el contrato cambió el {day}: todo se factura con el del {last}",
    ),
    "note.climate_none": (
        "{series}: no day is stored; import SIAR's files, or set CHOCOLATE_FACTORY_SIAR_KEY",
        "{series}: no hay ningún día guardado; importe los ficheros de SIAR o dé "
        "CHOCOLATE_FACTORY_SIAR_KEY",
    ),
    "note.no_day_of_prices": (
        "{series}: no day is stored whole; ingest or import its prices",
        "{series}: no hay ningún día guardado entero; descargue o importe sus precios",
    ),
    "note.no_day_of_weather": (
        "{series}: no day is stored whole; ingest or import its weather",
        "{series}: no hay ningún día guardado entero; descargue o importe su tiempo",
    ),
    "note.days_in_part": (
        "{series}: days stored in part and left out: {days}",
        "{series}: días guardados en parte y que no cuentan: {days}",
    ),
    "note.hours_of_day": (
        "{series} on {day}: {missing} of {hours} hours",
        "{series} el {day}: faltan {missing} de {hours} horas",
    ),
    "note.few_in_common": (
        "{days} days in common, at least {least} are needed",
        "{days} días en común; hacen falta al menos {least}",
    ),
    "note.never_changes": (
        "one of the two never changes",
        "uno de los dos no cambia nunca",
    ),
    "note.naive": (
        "no model beats the naive of late: the naive forecasts",
        "últimamente ningún modelo supera al ingenuo: prevé el ingenuo",
    ),
}
