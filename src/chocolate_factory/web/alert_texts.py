"""The texts of alerts, in English and Spanish: on the page, over HTTP and in messages."""

from __future__ import annotations

ALERT_MESSAGES: dict[str, tuple[str, str]] = {  # key: (English, Spanish)
    "alerts.title": ("Alerts", "Avisos"),
    "alerts.none": (
        "Nothing needs attention. Prices, weather, forecasts and plans, and the data that these "
        "need, were looked at {when}.",
        "Nada requiere atención. Precios, tiempo, previsiones y planes, y los datos que "
        "necesitan, se miraron el {when}.",
    ),
    "alerts.never": (
        "Nothing has been looked at yet: it is done every quarter of an hour.",
        "Todavía no se ha mirado nada: se hace cada cuarto de hora.",
    ),
    "alerts.since": ("since {when}", "desde {when}"),
    "alerts.until": ("until {when}", "hasta {when}"),
    "alerts.acknowledge": ("Seen", "Visto"),
    "alerts.acknowledge_what": ("Seen: {what}", "Visto: {what}"),
    "alerts.acknowledged": ("seen {when} ({by})", "visto el {when} ({by})"),
    "alerts.failed": (
        "It could not be noted that this was seen. Try again.",
        "No se pudo anotar que se ha visto. Inténtelo de nuevo.",
    ),
    "alerts.ended": ("Ended in the last 24 hours", "Terminados en las últimas 24 horas"),
    "alerts.recovered": ("recovered {when}", "resuelto el {when}"),
    "alerts.over": ("over since {when}", "pasó el {when}"),
    # how grave
    "gravity.critical": ("Act now", "Actuar ya"),
    "gravity.warning": ("Act today", "Actuar hoy"),
    "gravity.notice": ("Good to know", "Conviene saberlo"),
    # what
    "alert.price_spike": ("Dear hours", "Horas caras"),
    "alert.price_opportunity": ("Cheap hours", "Horas baratas"),
    "alert.price_negative": ("Negative prices", "Precios negativos"),
    "alert.heat": ("Heat", "Calor"),
    "alert.cold": ("Cold", "Frío"),
    "alert.humidity": ("Humidity", "Humedad"),
    "alert.gap": ("Data missing", "Faltan datos"),
    "alert.disagreement": ("Sources differ", "Las fuentes discrepan"),
    "alert.raw_damaged": ("Archive damaged", "Archivo dañado"),
    "alert.job_rejected": ("A person must act", "Hace falta una persona"),
    "alert.job_overdue": ("A job keeps failing", "Una tarea falla una y otra vez"),
    "alert.forecast_stale": ("Forecast too old", "Previsión anticuada"),
    "alert.model_unusable": ("Model not used", "Modelo sin usar"),
    "alert.model_drift": ("Forecasts got worse", "Las previsiones empeoran"),
    "alert.plan_infeasible": ("No plan possible", "No hay plan posible"),
    "alert.first_plan": ("A first plan", "Un primer plan"),
    "alert.better_plan": ("A better plan", "Un plan mejor"),
    "alert.excess_power": ("Excess power", "Exceso de potencia"),
    # why
    "why.price_spike": (
        "{span}: {hours} h at up to {price}, dearer than 98 % of what the plant paid in the last "
        "{days} days ({limit}).",
        "{span}: {hours} h a hasta {price}, más que el 98 % de lo que pagó la planta en los "
        "últimos {days} días ({limit}).",
    ),
    "why.price_opportunity": (
        "{span}: {hours} h from {price}, cheaper than 98 % of what the plant paid in the last "
        "{days} days ({limit}).",
        "{span}: {hours} h desde {price}, menos que el 98 % de lo que pagó la planta en los "
        "últimos {days} días ({limit}).",
    ),
    "why.price_negative": (
        "{span}: {hours} h below zero, down to {price}: the plant is paid for what it takes.",
        "{span}: {hours} h bajo cero, hasta {price}: se cobra por consumir.",
    ),
    "why.heat_inside": (
        "{span}: up to {highest} foreseen at the line, and {stage} may run up to {limit} "
        "({hours} h above).",
        "{span}: se prevén hasta {highest} en la línea, y {stage} admite hasta {limit} "
        "({hours} h por encima).",
    ),
    "why.heat_outside": (
        "{span}: up to {highest} foreseen outdoors; {stage} may run up to {limit} at the line. "
        "Without a model of the hall nobody knows how much of it gets in.",
        "{span}: se prevén hasta {highest} en el exterior; {stage} admite hasta {limit} en la "
        "línea. Sin un modelo de la nave no se sabe cuánto entra.",
    ),
    "why.cold_inside": (
        "{span}: down to {lowest} foreseen at the line, and {stage} may run from {limit} up "
        "({hours} h below).",
        "{span}: se prevén hasta {lowest} en la línea, y {stage} admite desde {limit} "
        "({hours} h por debajo).",
    ),
    "why.cold_outside": (
        "{span}: down to {lowest} foreseen outdoors; {stage} may run from {limit} up at the line. "
        "Without a model of the hall nobody knows how much of it gets in.",
        "{span}: se prevén hasta {lowest} en el exterior; {stage} admite desde {limit} en la "
        "línea. Sin un modelo de la nave no se sabe cuánto entra.",
    ),
    "why.gap": (
        "{series}: delivery periods are missing since {since}; the longest gap is {hours} h.",
        "{series}: faltan periodos desde el {since}; el hueco más largo es de {hours} h.",
    ),
    "why.disagreement": (
        "{series}: the sources have told different prices since {since}.",
        "{series}: las fuentes dan precios distintos desde el {since}.",
    ),
    "why.raw_damaged": (
        "The archive of answers was damaged and set aside as {file}: save what can be saved, or "
        "delete it.",
        "El archivo de respuestas estaba dañado y se apartó como {file}: rescate lo que se pueda o "
        "bórrelo.",
    ),
    "why.job_rejected": (
        "{job}: a service refuses the request, most often for its key. The data health says more.",
        "{job}: un servicio rechaza la petición, casi siempre por su clave. Lo detalla el estado "
        "de los datos.",
    ),
    "why.job_overdue": (
        "{job}: it has not ended well since {since}. The data health says what keeps it.",
        "{job}: no termina bien desde el {since}. El estado de los datos dice qué lo impide.",
    ),
    "why.forecast_stale": (
        "{series}: no forecast has been made since {since}.",
        "{series}: no se hace ninguna previsión desde el {since}.",
    ),
    "why.model_unusable": (
        "{series}: the trained model cannot be used; the linear one or the one before forecasts.",
        "{series}: el modelo entrenado no se puede usar; prevé el lineal o el anterior.",
    ),
    "why.plan_infeasible": (
        "No plan meets every order. {reasons} {way}",
        "Ningún plan cumple todos los pedidos. {reasons} {way}",
    ),
    "why.plan_infeasible_more": ("And {more} more.", "Y {more} más."),
    "why.plan_infeasible_count": (
        "No plan meets every order: {reasons} things collide. {way}",
        "Ningún plan cumple todos los pedidos: chocan {reasons} cosas. {way}",
    ),
    "why.first_plan": (
        "From {day}: {cost}, expected, {share} below the habit. It is in force.",
        "Desde el {day}: se esperan {cost}, un {share} menos que con la costumbre. Está en vigor.",
    ),
    "why.better_plan": (
        "A plan is proposed that costs {after} instead of {before}. It waits for somebody to "
        "accept it.",
        "Se propone un plan que cuesta {after} en vez de {before}. Espera a que alguien lo acepte.",
    ),
    "why.better_plan_safer": (
        "The plan in force may well cost more than the habit. Another one is proposed, at {after} "
        "instead of {before} on average, and less where prices turn out dear.",
        "El plan en vigor puede costar más que lo habitual. Se propone otro, por {after} en vez de "
        "{before} de media, y por menos si los precios salen caros.",
    ),
    "why.better_plan_kept": (
        "The plan in force cannot be kept; another one is proposed, at {after}.",
        "El plan en vigor no se puede mantener; se propone otro, por {after}.",
    ),
    "why.excess_power": (
        "{span}: {highest} expected in {period}, where {contracted} is contracted ({quarters} "
        "quarter-hours).",
        "{span}: se esperan {highest} en {period}, con {contracted} contratados ({quarters} "
        "cuartos de hora).",
    ),
    # ways out
    "way.none": ("No way out was found in time.", "No se encontró salida a tiempo."),
    "way.overtime": ("Cheapest way out: overtime.", "La salida más barata: horas extra."),
    "way.later": ("Cheapest way out: later dates.", "La salida más barata: retrasar fechas."),
    "way.power": ("Cheapest way out: more power.", "La salida más barata: más potencia."),
    "way.tank": ("Cheapest way out: another tank.", "La salida más barata: otro depósito."),
    "way.machine": ("Cheapest way out: another machine.", "La salida más barata: otra máquina."),
    "way.fewer": ("Cheapest way out: fewer batches.", "La salida más barata: menos lotes."),
    # euros
    "basis.over_median": (
        "what the plan pays there above the plant's median price",
        "lo que el plan paga ahí por encima del precio mediano de la planta",
    ),
    "basis.below_median": (
        "what the plan saves there against the plant's median price",
        "lo que el plan ahorra ahí frente al precio mediano de la planta",
    ),
    "basis.paid_to_plant": ("what the plan is paid there", "lo que el plan cobra ahí"),
    "basis.below_habit": (
        "what the plan costs less than the habit, expected",
        "lo que se espera que el plan cueste menos que la costumbre",
    ),
    "basis.saves": ("what the proposal saves", "lo que ahorra la propuesta"),
    "basis.safer": (
        "no euros: it saves only where prices turn out dear",
        "sin euros: solo ahorra si los precios salen caros",
    ),
    "basis.excess_charge": (
        "what the month's charge for excess power grows by, before taxes",
        "lo que crece el cargo del mes por exceso de potencia, sin impuestos",
    ),
    "basis.way_out": (
        "what the cheapest way out costs besides the plan",
        "lo que cuesta la salida más barata, aparte del plan",
    ),
    "basis.no_plan": ("no euros: no plan is in force", "sin euros: no hay plan en vigor"),
    "basis.nothing_planned": (
        "no euros: the plan takes nothing then",
        "sin euros: el plan no consume nada entonces",
    ),
    "basis.cannot_be_kept": (
        "no euros: there is nothing left to compare with",
        "sin euros: no queda con qué comparar",
    ),
    "basis.plan_avoids": (
        "no euros: the plan keeps out of those hours",
        "sin euros: el plan evita esas horas",
    ),
    "basis.plan_broken": (
        "no euros: the plan runs then and has to be made anew",
        "sin euros: el plan trabaja entonces y hay que rehacerlo",
    ),
    "basis.not_in_euros": (
        "no euros: what it costs cannot be computed",
        "sin euros: no se puede calcular lo que cuesta",
    ),
    "basis.nobody_said": (
        "no euros: nobody said what the way out costs",
        "sin euros: nadie ha dicho cuánto cuesta la salida",
    ),
    # messages
    "post.recovered": ("Recovered: {what}", "Resuelto: {what}"),
    "post.summary": ("{count} more alerts", "{count} avisos más"),
    "post.more": ("… and {count} more: see the dashboard.", "… y {count} más: véase el panel."),
    "post.summary_sites": (
        "{count} more alerts at {sites} sites",
        "{count} avisos más en {sites} centros",
    ),
    "post.site_more": ("{first}, and {count} more", "{first}, y {count} más"),
    "post.site_recovered": ("{count} recovered", "{count} resueltos"),
    "post.more_sites": (
        "… and {count} more sites: see the overview.",
        "… y {count} centros más: véase la página de todos los centros.",
    ),
    "post.simulated": ("SIMULATED DATA.", "DATOS SIMULADOS."),
}
