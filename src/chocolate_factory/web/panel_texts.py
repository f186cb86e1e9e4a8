"""The texts of the dashboard's later panels, in English and Spanish."""

from __future__ import annotations

PANEL_MESSAGES: dict[str, tuple[str, str]] = {  # key: (English, Spanish)
    # climate
    "climate.title": ("Climate of the place", "Clima del lugar"),
    "climate.what": (
        "{days} days, calendar years: {years}, {first} to {last}. SIAR: {stations}.",
        "{days} días, años naturales: {years}, del {first} al {last}. SIAR: {stations}.",
    ),
    "climate.outdoors": (
        "The record is of the air outdoors; the line may be cooler or hotter.",
        "El registro es del aire exterior; la línea puede estar más fresca o más caliente.",
    ),
    "climate.simulated": ("Part of it is simulated.", "En parte está simulado."),
    "climate.year": ("Highest temperature of the day, by month", "Máxima del día, mes a mes"),
    "climate.keys": (
        "Bar: 80 % of the days. Line: mean.",
        "Barra: el 80 % de los días. Raya: la media.",
    ),
    "climate.mean_was": ("mean {value}", "media {value}"),
    "climate.mostly": ("80 % of days {low} to {high}", "el 80 % de los días, de {low} a {high}"),
    "climate.above_share": (
        "above the lowest limit on {share} of days",
        "por encima del límite más bajo el {share} de los días",
    ),
    "climate.rests": ("{days} days in {years} years", "{days} días de {years} años"),
    "climate.share_row": ("Days above {limit}, %", "Días por encima de {limit}, %"),
    "climate.limit": ("limit of the plant", "límite de la planta"),
    "climate.usual": ("80 % of days", "80 % de los días"),
    "climate.mean": ("mean", "media"),
    "climate.best": (
        "Easiest months for {stage} (limit {limit}): {months}.",
        "Los meses más fáciles para {stage} (límite {limit}): {months}.",
    ),
    "climate.no_limit": (
        "The plant file gives no temperature limit, so months are not ranked: add ambient limits "
        "to its stages.",
        "El fichero de la planta no da ningún límite de temperatura, así que los meses no se "
        "ordenan: añada límites ambientales a sus etapas.",
    ),
    "climate.not_limited": (
        "{what}: the plant gives no limit",
        "{what}: la planta no da ningún límite",
    ),
    "climate.today": ("Today against the record", "Hoy frente al registro"),
    "climate.today_what": (
        "The same time of year in other years. {foretold} of {hours} hours of today are foretold.",
        "La misma época de otros años. De hoy, {foretold} de {hours} horas son previstas.",
    ),
    "climate.today_none": (
        "Today's weather is not known for every hour yet, so it is not compared.",
        "El tiempo de hoy aún no se conoce a todas horas, así que no se compara.",
    ),
    "climate.today_value": ("Today", "Hoy"),
    "climate.percentile": ("above {share} of days", "más que el {share} de los días"),
    "climate.few_months": (
        "No month has enough days yet to be told or ranked.",
        "Ningún mes tiene aún días suficientes para contarlo u ordenarlo.",
    ),
    "climate.few": ("too few days", "pocos días"),
    "climate.limits": ("Critical thresholds", "Umbrales críticos"),
    "climate.stage": ("Stage", "Etapa"),
    "climate.most": ("Limit", "Límite"),
    "climate.above": ("Days above", "Días por encima"),
    "climate.longest": ("Longest run", "Racha más larga"),
    "climate.days_from": ("{days} days from {when}", "{days} días desde el {when}"),
    "climate.last_above": ("Last time", "Última vez"),
    "climate.never": ("never", "nunca"),
    "climate.correlation": ("Weather and price", "Tiempo y precio"),
    "climate.correlation_what": (
        "Correlation of the day's mean price with its weather once the season is taken off: −1 "
        "moves against it, +1 with it, 0 not at all. Not a cause.",
        "Correlación del precio medio del día con su tiempo, quitada la estación: −1 en sentido "
        "contrario, +1 en el mismo, 0 sin relación. No es una causa.",
    ),
    "climate.correlation_none": (
        "Fewer than 60 days have both a price and weather: nothing can be said yet.",
        "Hay menos de 60 días con precio y tiempo: todavía no se puede decir nada.",
    ),
    "climate.with": ("Weather", "Tiempo del día"),
    "climate.within": ("Correlation", "Correlación"),
    "climate.days": ("Days", "Días"),
    "climate.p": ("p-value", "valor p"),
    "climate.without": ("Nothing is stored of: {names}.", "No hay nada guardado de: {names}."),
    "climate.empty": (
        "No climate record yet. With SIAR's daily values this panel shows the pattern of the year, "
        "how often the limits of the plant are passed, how weather and price go together, the "
        "best months, and today against 25 years.",
        "Todavía no hay registro del clima. Con los datos diarios de SIAR, aquí se ven el patrón "
        "del año, cuántas veces se superan los límites de la planta, cómo van juntos tiempo y "
        "precio, los mejores meses y el día de hoy frente a 25 años.",
    ),
    "climate.empty_files": (
        "take in the CSV files exported by hand from servicio.mapa.gob.es/websiar (daily data, "
        "all variables)",
        "cargar los CSV exportados a mano de servicio.mapa.gob.es/websiar (datos diarios, todas "
        "las variables)",
    ),
    "climate.empty_folder": (
        "or a folder that is read at every start",
        "o una carpeta que se lee en cada arranque",
    ),
    "climate.empty_key": (
        "or SIAR's own key, and days are fetched every morning",
        "o la clave de SIAR, y los días se descargan cada mañana",
    ),
    "series.temp_max": ("Highest temperature", "Temperatura máxima"),
    "series.temp_min": ("Lowest temperature", "Temperatura mínima"),
    "series.humidity_mean": ("Mean humidity", "Humedad media"),
    "series.humidity_max": ("Highest humidity", "Humedad máxima"),
    "series.humidity_min": ("Lowest humidity", "Humedad mínima"),
    "series.wind_speed_mean": ("Mean wind", "Viento medio"),
    "series.wind_direction_mean": ("Wind direction", "Dirección del viento"),
    "series.wind_speed_max": ("Strongest gust", "Racha máxima de viento"),
    "series.wind_direction_max": (
        "Direction of the strongest gust",
        "Dirección de la racha máxima",
    ),
    "series.radiation": ("Sun of the day", "Radiación del día"),
    "series.precipitation_day": ("Rain of the day", "Lluvia del día"),
    "series.precipitation_effective": ("Effective rain", "Lluvia efectiva"),
    "series.evapotranspiration": ("Evapotranspiration", "Evapotranspiración"),
    # contract and power
    "power.title": ("Contract and power", "Contrato y potencia"),
    "power.what": ("Contract {contract}, tariff {tariff}", "Contrato {contract}, tarifa {tariff}"),
    "power.curve": ("Power of the plan, by quarter-hour", "Potencia del plan, por cuartos de hora"),
    "power.curve_is": (
        "What the site's meter would read: machines and base load, PV and battery.",
        "Lo que leería el contador: máquinas y consumo base, fotovoltaica y batería.",
    ),
    "power.planned": ("planned", "plan"),
    "power.metered": ("metered", "contador"),
    "power.limit": ("contracted power", "potencia contratada"),
    "power.planned_most": ("planned up to {kw}", "plan: hasta {kw}"),
    "power.metered_most": ("metered up to {kw}", "contador: hasta {kw}"),
    "power.limit_is": ("contracted {kw} in {period}", "contratada: {kw} en {period}"),
    "power.highest": (
        "Highest quarter-hour: {kw}, {when}.",
        "Cuarto de hora más alto: {kw}, {when}.",
    ),
    "power.within": (
        "The plan keeps within the contracted power.",
        "El plan no supera la potencia contratada.",
    ),
    "power.beyond": (
        "{count} planned quarter-hours lie above the contracted power.",
        "{count} cuartos de hora del plan superan la potencia contratada.",
    ),
    "power.no_plan": (
        "The power of the plan is drawn as soon as a plan of this plant and contract is in force.",
        "La potencia del plan se dibuja en cuanto haya un plan en vigor de esta planta y contrato.",
    ),
    "power.by_period": ("Contracted power by period", "Potencia contratada por periodo"),
    "power.period": ("Period", "Periodo"),
    "power.contracted": ("Contracted", "Contratada"),
    "power.plan_most": ("Highest planned", "Máxima del plan"),
    "power.month_most": ("Highest this month", "Máxima del mes"),
    "power.excess": ("Excess this month", "Excesos del mes"),
    "power.quarters": ("{eur}, {count} quarter-hours", "{eur}, {count} cuartos de hora"),
    "power.no_meter": (
        "No meter is read, so excess is not known. Import its quarter-hours:",
        "No se lee ningún contador, así que no se conocen los excesos. Importe sus cuartos de "
        "hora:",
    ),
    "power.hours_only": (
        "The meter was read by the hour; excess is measured by quarter-hours and is not known.",
        "El contador se leyó por horas; los excesos se miden por cuartos de hora y no se conocen.",
    ),
    "power.parts": ("What the price of now is made of", "De qué se compone el precio de ahora"),
    "power.parts_none": (
        "The price of this moment is not known.",
        "No se conoce el precio de este momento.",
    ),
    "power.parts_of": ("Parts of the price", "Partes del precio"),
    "power.advised": ("Which power to contract", "Qué potencia contratar"),
    "power.advised_none": (
        "Nobody has asked yet. It plans every week of a past year and takes up to hours:",
        "Nadie lo ha pedido todavía. Planifica todas las semanas de un año pasado y tarda hasta "
        "horas:",
    ),
    "power.advised_saves": (
        "Plan and chosen powers save {eur} a year against the habit at its own least contract.",
        "El plan con las potencias elegidas ahorra {eur} al año frente a la costumbre con su "
        "propio contrato mínimo.",
    ),
    "power.advised_saves_now": (
        "Against today's contract it is {eur}, part of which needs no plan.",
        "Frente al contrato de hoy son {eur}, parte de lo cual no necesita ningún plan.",
    ),
    "power.advised_late": (
        "By habit the orders of that year are not on time, so there is nothing to compare with.",
        "Por costumbre los pedidos de ese año no llegan a tiempo: no hay con qué comparar.",
    ),
    "power.advised_gap": (
        "No contract that is kept within costs over {eur} a year less ({share}), proven on {weeks} "
        "weeks.",
        "Ningún contrato que no se supere cuesta más de {eur} al año menos ({share}), demostrado "
        "sobre {weeks} semanas.",
    ),
    "power.advised_no_gap": (
        "How much less another contract could cost was not asked.",
        "No se pidió cuánto menos podría costar otro contrato.",
    ),
    "power.advised_rests": (
        "{priced} of {weeks} weeks, {first} to {last}; prices: {market}; plant {plant}, orders "
        "{orders}. Worked out {when}.",
        "{priced} de {weeks} semanas, del {first} al {last}; precios: {market}; planta {plant}, "
        "pedidos {orders}. Calculado el {when}.",
    ),
    "power.advised_agreed": ("as agreed", "los pactados"),
    "power.advised_simulated": ("The prices are simulated.", "Los precios son simulados."),
    "power.advised_notes": ("What it stands on", "En qué se basa"),
    "power.year_way": ("A year like {year}", "Un año como {year}"),
    "power.year_energy": ("Energy", "Energía"),
    "power.year_power": ("Power", "Potencia"),
    "power.year_excess": ("Excess", "Excesos"),
    "power.year_total": ("Together", "En total"),
    "power.year_powers": ("P1 … P6, kW", "P1 … P6 en kW"),
    "power.habit_now": ("Habit, today's contract", "Costumbre, contrato de hoy"),
    "power.habit_least": (
        "Habit, its own least contract",
        "Costumbre, su propio contrato mínimo",
    ),
    "power.plan_now": ("Plan, today's contract", "Plan, contrato de hoy"),
    "power.plan_chosen": ("Plan, powers chosen with it", "Plan, potencias elegidas con él"),
    "power.not_on_time": ("not on time", "no llega a tiempo"),
    "group.energy": ("Energy", "Energía"),
    "group.regulated": ("Tolls and charges", "Peajes y cargos regulados"),
    "group.taxes": ("Taxes", "Impuestos"),
    "part.electricity_tax": ("Electricity tax", "Impuesto eléctrico"),
    "part.given": ("Given price", "Precio indicado"),
    # money
    "money.title": ("Paid and saved", "Pagado y ahorrado"),
    "money.account": ("Saved against the habit", "Ahorrado frente a la costumbre"),
    "money.since": ("Period", "Periodo"),
    "money.week": ("This week", "Esta semana"),
    "money.month": ("This month", "Este mes"),
    "money.year": ("This year", "Este año"),
    "money.days": ("Closed days", "Días cerrados"),
    "money.habit": ("By habit", "Por costumbre"),
    "money.actual": ("As it was made", "Como se hizo"),
    "money.saved": ("Saved", "Ahorrado"),
    "money.captured": ("Of the possible", "De lo posible"),
    "money.weeks": ("{share}, {weeks} whole weeks", "{share}, {weeks} semanas completas"),
    "money.left_out": ("{days} without account", "{days} sin cuenta"),
    "money.consumption_less": (
        "Saved is at the energy of the recipe. What was measured cost {eur} less than that this "
        "year.",
        "Lo ahorrado es con la energía de la receta. La medida costó este año {eur} menos que esa.",
    ),
    "money.consumption_more": (
        "Saved is at the energy of the recipe. What was measured cost {eur} more than that this "
        "year.",
        "Lo ahorrado es con la energía de la receta. La medida costó este año {eur} más que esa.",
    ),
    "money.excess_ways": (
        "Excess power besides (closed months: {months}): {habit} by habit, {actual} as it was "
        "made.",
        "Además, excesos de potencia (meses cerrados: {months}): {habit} por costumbre, {actual} "
        "como se hizo.",
    ),
    "money.excess_left_out": (
        "Of a month with a day without account it is not known what excess power would have cost "
        "by habit.",
        "De un mes con un día sin cuenta no se sabe lo que habrían costado los excesos de potencia "
        "por costumbre.",
    ),
    "money.no_days": (
        "No day is closed yet. A day is closed once its batches are over and its prices are known; "
        "then this says what was saved.",
        "Todavía no hay ningún día cerrado. Un día se cierra cuando terminan sus lotes y se "
        "conocen sus precios; entonces aquí se dice lo ahorrado.",
    ),
    "money.bill": ("Bill of the month so far, without VAT", "Factura del mes hasta ahora, sin IVA"),
    "money.bill_to": ("{first} to {last}", "del {first} al {last}"),
    "money.energy": ("Energy, {kwh}", "Energía, {kwh}"),
    "money.power": ("Power term", "Término de potencia"),
    "money.excess": ("Excess power", "Excesos de potencia"),
    "money.tax": ("Electricity tax", "Impuesto sobre la electricidad"),
    "money.total": ("Together", "En total"),
    "money.rests": (
        "{measured} of {quarters} quarter-hours by the meter, the others by plan and base load.",
        "{measured} de {quarters} cuartos de hora según contador; el resto, según plan y consumo "
        "base.",
    ),
    "money.no_bill": (
        "The bill cannot be told yet: no day of the month is over with a plan in force or a meter "
        "read, or a price is missing.",
        "La factura aún no se puede decir: ningún día del mes ha terminado con un plan en vigor o "
        "el contador leído, o falta algún precio.",
    ),
    "money.report": ("Report of the month (PDF)", "Informe del mes (PDF)"),
    # quarter-hours of the heatmap
    "heat.some_negative": (
        "negative price in {count} of its quarter-hours",
        "precio negativo en {count} de sus cuartos de hora",
    ),
    "heat.quarter_forecast": ("forecast, 80 %: {low} to {high}", "previsto, 80 %: {low} a {high}"),
    "heat.quarters": ("Quarter-hours", "Cuartos de hora"),
    "heat.by_price": ("by price alone: {level}", "solo por el precio: {level}"),
    "heat.advised": ("advice for this hour: {level}", "consejo para esta hora: {level}"),
    "heat.levels": (
        "Recommended production by price alone, limits of the plant not looked at: the hour's rank "
        "in the week",
        "Producción recomendada solo por el precio, sin mirar los límites de la planta: puesto de "
        "la hora en la semana",
    ),
    "word.close": ("Close", "Cerrar"),
    "gantt.habit": ("The same production by habit", "La misma producción por costumbre"),
    "gantt.habit_costs": (
        "{habit} by habit, {plan} by the plan",
        "{habit} por costumbre, {plan} según el plan",
    ),
    # moving a batch
    "move.title": ("Batch", "Lote"),
    "move.what": (
        "The batch begins at another time and the rest of the plan stays where it can. Nothing "
        "changes until it is pinned.",
        "El lote empieza a otra hora y el resto del plan se queda donde puede. Nada cambia hasta "
        "que se fija.",
    ),
    "move.begin": ("Batch begins (Madrid time)", "El lote empieza (hora de Madrid)"),
    "move.earlier": ("{time} earlier", "{time} antes"),
    "move.later": ("{time} later", "{time} después"),
    "why.title": ("Why it is here", "Por qué está aquí"),
    "why.cost": ("{eur} at this hour", "{eur} a esta hora"),
    "why.earlier": ("an hour earlier: {eur}", "una hora antes: {eur}"),
    "why.later": ("an hour later: {eur}", "una hora después: {eur}"),
    "why.due": ("due {when}", "para el {when}"),
    "why.published": ("all its prices are published", "todos sus precios están publicados"),
    "why.forecast": ("some of its prices are forecast", "parte de sus precios son previstos"),
    "why.sure": (
        "on {share} of the possible price paths no other place is cheaper, all else staying",
        "en el {share} de las evoluciones posibles del precio ningún otro sitio es más barato, si "
        "lo demás no se mueve",
    ),
    "why.unweighed": (
        "with PV or a battery no other places are weighed, only an hour off is worked out",
        "con fotovoltaica o batería no se comparan otros sitios, solo se calcula una hora antes "
        "y una después",
    ),
    "why.in_the_way": ("in the way:", "lo impide:"),
    "move.computing": ("Working out the cost…", "Calculando el coste…"),
    "move.dearer": ("{eur} dearer than the plan in force", "{eur} más caro que el plan en vigor"),
    "move.cheaper": (
        "{eur} cheaper than the plan in force",
        "{eur} más barato que el plan en vigor",
    ),
    "move.same": ("Costs the same as the plan in force", "Cuesta lo mismo que el plan en vigor"),
    "move.impossible": ("It cannot begin then:", "No puede empezar entonces:"),
    "move.unmoved": (
        "Choose another start to see what it costs.",
        "Elija otro inicio para ver cuánto cuesta.",
    ),
    "move.no_time": (
        "There is no such time: choose another.",
        "Esa hora no existe: elija otra.",
    ),
    "move.first_of_two": (
        "That night has this hour twice: this is the first one, in summer time.",
        "Esa noche tiene esta hora dos veces: esta es la primera, en horario de verano.",
    ),
    "move.second_of_two": (
        "That night has this hour twice: this is the second one, in winter time.",
        "Esa noche tiene esta hora dos veces: esta es la segunda, en horario de invierno.",
    ),
    "move.begun": (
        "This batch has begun and stays where it is.",
        "Este lote ya está en marcha y se queda donde está.",
    ),
    "move.only_read": (
        "What another start would cost can be asked in the plant's network only.",
        "Lo que costaría otro inicio solo se puede consultar en la red de la planta.",
    ),
    "move.failed": ("It could not be worked out: {why}", "No se pudo calcular: {why}"),
    "move.pin": ("Pin it there", "Fijarlo ahí"),
    "move.unpin": ("Undo the pin", "Deshacer la fijación"),
    "move.started": ("Report as started now", "Comunicar que empieza ahora"),
    "move.done_pin": (
        "Pinned: this and every later plan begins it then.",
        "Fijado: este plan y los siguientes lo empiezan a esa hora.",
    ),
    "move.undone": ("Taken back.", "Deshecho."),
    "move.done_started": ("Reported as started.", "Comunicado como empezado."),
    "move.undo": ("Undo", "Deshacer"),
    "move.is_pinned": ("pinned to this start", "fijado a esta hora"),
    "move.no_right": (
        "A batch is pinned and a start reported on the machine itself, or with a token in the "
        "plant's network.",
        "Un lote se fija y un inicio se comunica en el propio equipo, o con una clave de acceso en "
        "la red de la planta.",
    ),
    # a plan that waits
    "proposal.title": ("Another plan is proposed", "Se propone otro plan"),
    "proposal.saves": ("It saves {eur}.", "Ahorra {eur}."),
    "proposal.safer": (
        "It costs {eur} more on average, and less where prices turn out dear: the plan in force "
        "may then cost more than the habit.",
        "Cuesta {eur} más de media, y menos si los precios salen caros: entonces el plan en vigor "
        "puede costar más que lo habitual.",
    ),
    "proposal.needed": (
        "The plan in force cannot go on as it is.",
        "El plan en vigor no puede seguir como está.",
    ),
    "proposal.changes": (
        "{moved} blocks begin at another time, {added} are new, {removed} are dropped.",
        "{moved} bloques empiezan a otra hora, {added} son nuevos, {removed} se quitan.",
    ),
    "proposal.which": ("Which ones", "Cuáles son"),
    "proposal.before": ("In force", "En vigor"),
    "proposal.after": ("Proposed", "Propuesto"),
    "proposal.new": ("not in it", "no está"),
    "proposal.dropped": ("dropped", "se quita"),
    "proposal.accept": ("Accept it", "Aceptarlo"),
    "proposal.here": (
        "It can be accepted on the machine itself, or with a token in the plant's network.",
        "Se puede aceptar en el propio equipo, o con una clave de acceso en la red de la planta.",
    ),
    "proposal.done": ("Accepted: the plan is in force.", "Aceptado: el plan está en vigor."),
    # a token
    "token.open": ("Enter a token", "Introducir clave de acceso"),
    "token.title": ("Token", "Clave de acceso"),
    "token.what": (
        "With a token this device may do more than read: accept plans, report starts, pin batches "
        "and say that an alert was seen; with the role admin, also set up the plant.",
        "Con una clave de acceso, este dispositivo puede hacer más que leer: aceptar planes, "
        "comunicar inicios, fijar lotes y marcar avisos como vistos; con la función admin, también "
        "configurar la planta.",
    ),
    "token.text": ("Token", "Clave de acceso"),
    "token.how": (
        "Whoever looks after the server makes one: chocolate-factory token create. It is kept "
        "until this tab is closed.",
        "La crea quien se ocupa del servidor: chocolate-factory token create. Se conserva hasta "
        "que se cierre esta pestaña.",
    ),
    "token.use": ("Use it", "Usarla"),
    "token.forget": ("Forget it", "Olvidarla"),
    "token.plan": (
        "It is in force: plans, starts, pins and alerts.",
        "Está vigente: planes, inicios, fijaciones y avisos.",
    ),
    "token.administer": (
        "It is in force, for everything.",
        "Está vigente, para todo.",
    ),
    "token.none": (
        "It allows nothing here: it is mistyped, has run out, was revoked, or its role is viewer.",
        "Aquí no permite nada: está mal escrita, ha caducado, se ha revocado o su función es "
        "viewer.",
    ),
    "token.unasked": (
        "The server does not answer, so it is not known what the token allows.",
        "El servidor no responde: no se sabe qué permite la clave de acceso.",
    ),
    "token.forgotten": ("It is forgotten.", "Olvidada."),
    # the first steps
    "setup.title": ("Set up your plant", "Configurar su planta"),
    "setup.card": (
        "Nothing is configured yet: the reference plant is planned under an indexed 3.0TD "
        "contract. Five short steps make it yours.",
        "Todavía no hay nada configurado: se planifica la planta de referencia con un contrato "
        "indexado 3.0TD. Con cinco pasos cortos será la suya.",
    ),
    "setup.go": ("Set it up", "Configurarla"),
    "setup.demo_card": (
        "Set up your own plant when you are ready.",
        "Configure su propia planta cuando quiera.",
    ),
    "setup.demo_away": ("Remove the demo", "Quitar la demostración"),
    "setup.what": (
        "Five steps, each of which can be skipped. Each writes a commented file in {folder} that "
        "you can read and change; it is used when the program starts again.",
        "Cinco pasos; cualquiera se puede saltar. Cada uno escribe en {folder} un fichero "
        "comentado que puede leer y cambiar; se usa cuando el programa vuelve a arrancar.",
    ),
    "setup.only_here": (
        "To write them, open this page on the machine itself, at 127.0.0.1 and its port, or enter "
        "a token of the role admin.",
        "Para escribirlos, abra esta página en el propio equipo, en 127.0.0.1 y su puerto, o "
        "introduzca una clave de acceso de la función admin.",
    ),
    "setup.written": ("written", "escrito"),
    "setup.default": ("as delivered", "tal como viene"),
    "setup.variable_wins": (
        "{variable} is set and wins over the file.",
        "{variable} está definida y prevalece sobre el fichero.",
    ),
    "setup.write": ("Write the file", "Escribir el fichero"),
    "setup.skip": ("Skip to the next step", "Saltar al paso siguiente"),
    "setup.finish": ("To the dashboard", "Ir al panel"),
    "setup.at": (
        "Written: {file}. It is used when the program starts again.",
        "Escrito: {file}. Se usa cuando el programa vuelve a arrancar.",
    ),
    "setup.contract": ("Contract", "Contrato"),
    "setup.contract_what": (
        "How the price of a kWh comes about, as on the bill.",
        "Cómo se forma el precio del kWh, según la factura.",
    ),
    "setup.kind": ("Kind", "Tipo"),
    "setup.kind_indexed": ("indexed on the market", "indexado al mercado"),
    "setup.kind_fixed": ("fixed by period", "fijo por periodo"),
    "setup.kind_pvpc": ("PVPC (up to 10 kW)", "PVPC (hasta 10 kW)"),
    "setup.tariff": ("Access tariff", "Tarifa de acceso"),
    "setup.margin": ("Supplier's margin, €/MWh", "Margen de la comercializadora, €/MWh"),
    "setup.services": (
        "Adjustment services, €/MWh",
        "Servicios de ajuste, €/MWh",
    ),
    "setup.services_what": (
        "Adjustment services and deviations are on an indexed bill by month: give their mean. Left "
        "empty, {before} €/MWh are assumed and {now} from {since} on, read from published monthly "
        "means between 8.8 and 29.5; an empty margin counts as {margin} €/MWh.",
        "Los servicios de ajuste y los desvíos vienen por mes en una factura indexada: indique su "
        "media. Vacío, se suponen {before} €/MWh y {now} desde el {since}, leídos de medias "
        "mensuales publicadas entre 8,8 y 29,5; un margen vacío cuenta como {margin} €/MWh.",
    ),
    "setup.services_dated": (
        "The file gives adjustment services by date: left empty, these stay.",
        "El fichero da los servicios de ajuste por fechas: vacío, se quedan como están.",
    ),
    "setup.rest_of_bill": (
        "Tolls, charges, capacity, losses, operators' fees, efficiency fund and taxes come with "
        "the program.",
        "Peajes, cargos, capacidad, pérdidas, operadores, fondo de eficiencia e impuestos los pone "
        "el programa.",
    ),
    "setup.prices": (
        "Price by period, €/kWh, before electricity tax",
        "Precio por periodo, €/kWh, sin impuesto eléctrico",
    ),
    "setup.power": ("Contracted power", "Potencia contratada"),
    "setup.power_what": (
        "By period, as on the bill; none may be lower than the one before.",
        "Por periodo, según la factura; ninguna puede ser menor que la anterior.",
    ),
    "setup.plant": ("Plant", "Planta"),
    "setup.plant_what": (
        "Begin with the plant that is most like yours: machines, recipes, shifts. The file is then "
        "changed with any editor.",
        "Empiece con la planta más parecida a la suya: máquinas, recetas, turnos. El fichero se "
        "cambia después con cualquier editor.",
    ),
    "setup.template": ("Template", "Plantilla"),
    "template.chocolate": ("chocolate line", "línea de chocolate"),
    "template.bakery": ("bakery", "panadería industrial"),
    "template.cold_store": ("cold store", "almacén frigorífico"),
    "setup.orders": ("Orders", "Pedidos"),
    "setup.orders_what": (
        "What is made every week, by the day it belongs to.",
        "Lo que se hace cada semana, según el día al que pertenece.",
    ),
    "setup.day": ("Day", "Día de la semana"),
    "setup.notifications": ("Notifications", "Notificaciones"),
    "setup.notifications_what": (
        "Where a proposed plan is announced: e-mail, Telegram, ntfy and many more. Empty: nowhere.",
        "Dónde se anuncia un plan propuesto: correo, Telegram, ntfy y muchos más. Vacío: en "
        "ninguna parte.",
    ),
    "setup.addresses": ("One address a line", "Una dirección por línea"),
    "setup.demo": ("This is the demo", "Esto es la demostración"),
    "setup.demo_what": (
        "All its data is simulated. One click ends it and deletes that data; your own files stay.",
        "Todos sus datos son simulados. Un clic la termina y borra esos datos; sus propios "
        "ficheros se conservan.",
    ),
    "setup.demo_remove": ("Remove the demo data", "Quitar los datos de demostración"),
    "setup.demo_done": (
        "The demo ends now and its data in {folder} is deleted. Start with your own data: "
        "chocolate-factory serve.",
        "La demostración termina y sus datos en {folder} se borran. Empiece con los suyos: "
        "chocolate-factory serve.",
    ),
    "setup.demo_kept": (
        "What you set up here is then in {folder}.",
        "Lo que ha configurado aquí queda en {folder}.",
    ),
}
