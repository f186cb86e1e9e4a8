"""The texts of the files for people, in English and Spanish."""

from __future__ import annotations

REPORT_MESSAGES: dict[str, tuple[str, str]] = {  # key: (English, Spanish)
    # columns of the plan's tables for programs
    "field.batch": ("batch", "lote"),
    "field.grade": ("grade", "producto"),
    "field.stage": ("stage", "etapa"),
    "field.machine": ("machine", "maquina"),
    "field.start": ("start", "inicio"),
    "field.end": ("end", "fin"),
    "field.energy": ("energy_kwh", "energia_kwh"),
    "field.cost": ("cost_eur", "coste_eur"),
    "field.price_kind": ("price_kind", "precio"),
    "field.carried": ("carried_over", "en_curso"),
    "field.section": ("section", "seccion"),
    "field.item": ("item", "concepto"),
    "field.detail": ("detail", "detalle"),
    "field.value": ("value", "valor"),
    "field.unit": ("unit", "unidad"),
    "cell.carried": ("begun before", "ya en marcha"),
    "cell.published": ("published", "publicado"),
    "cell.forecast": ("forecast", "previsto"),
    # words of the shift sheet and the workbook
    "sheet.title": ("Shift sheet", "Hoja de turnos"),
    "sheet.below": (
        "{plant} · {contract} · plan made {when}",
        "{plant} · {contract} · plan hecho el {when}",
    ),
    "sheet.cheap": (
        "Green: the cheapest quarter of the day's hours. Times are Madrid time.",
        "Verde: la cuarta parte más barata de las horas del día. Horas de Madrid.",
    ),
    "sheet.nothing": ("Nothing begins on this day.", "Este día no empieza nada."),
    "sheet.at": ("Start", "Inicio"),
    "sheet.until": ("Until", "Hasta"),
    "sheet.machine": ("Machine", "Máquina"),
    "sheet.batch": ("Batch", "Lote"),
    "sheet.stage": ("Stage", "Etapa"),
    "sheet.begun": ("Begun", "Empezó"),
    "sheet.problem": ("Problem", "Incidencia"),
    "sheet.since": ("since {when}", "desde {when}"),
    "sheet.blocks": ("Blocks", "Bloques"),
    "sheet.batches": ("Batches", "Lotes"),
    "sheet.summary": ("Summary", "Resumen"),
    "sheet.item": ("Item", "Concepto"),
    "sheet.value": ("Value", "Valor"),
    "sheet.unit": ("Unit", "Unidad"),
    "sheet.entry": ("{batch} · {stage} · {machine}", "{batch} · {stage} en {machine}"),
    "sheet.entry_text": (
        "{grade}, {kwh}, {cost} at {kind} prices; plan made {when}",
        "{grade}, {kwh}, {cost} a precio {kind}; plan hecho el {when}",
    ),
    "sheet.calendar": ("Production plan {plant}", "Plan de producción {plant}"),
    "sheet.page": ("{plant} · plan {plan_id}", "{plant} · plan n.º {plan_id}"),
    # the month
    "month.title": ("Energy report, {month}", "Informe de energía, {month}"),
    "month.below": (
        "{plant} · contract {contract} · {first} to {last}",
        "{plant} · contrato {contract} · {first} a {last}",
    ),
    "month.running": (
        "The month is not over: figures up to {last}.",
        "El mes no ha terminado: cifras hasta el {last}.",
    ),
    "month.annex": ("Annex for energy, {month}", "Anexo de energía, {month}"),
    "month.total": ("Paid, without VAT", "Pagado, sin IVA"),
    "month.total_no_excess": ("Paid, without excess and VAT", "Pagado, sin excesos ni IVA"),
    "month.with_vat": ("{eur} with VAT", "{eur} con IVA"),
    "month.energy": ("Energy from the grid", "Energía de la red"),
    "month.mean": ("{price} all in", "{price} todo incluido"),
    "month.saving": ("Saved", "Ahorrado"),
    "month.saving_of": (
        "{share} less than by habit",
        "{share} menos que por costumbre",
    ),
    "month.captured": ("Of the possible saving", "Del ahorro posible"),
    "month.captured_of": ("over {weeks} whole weeks", "en {weeks} semanas completas"),
    "month.unknown": ("not known", "no se sabe"),
    "month.no_week": ("no whole week is closed", "ninguna semana cerrada"),
    "month.by_period": ("What was paid, by period", "Lo pagado, por periodo"),
    "month.unpaid": (
        "The bill is not known: {reason}",
        "La factura no se conoce: {reason}",
    ),
    "month.period": ("Period", "Periodo"),
    "month.kwh": ("Energy kWh", "Energía kWh"),
    "month.energy_eur": ("Energy €", "Energía €"),
    "month.power_eur": ("Power €", "Potencia €"),
    "month.excess_eur": ("Excess €", "Excesos €"),
    "month.excess_not_in": (
        "Excess power is in none of these sums: the meter was read by the hour, excess is measured "
        "by quarter-hours.",
        "Los excesos no están en ninguna de estas sumas: el contador se leyó por horas, y se miden "
        "por cuartos de hora.",
    ),
    "month.sum_eur": ("Together €", "Suma €"),
    "month.sum": ("Sum before tax", "Suma antes de impuestos"),
    "month.tax": ("Electricity tax", "Impuesto eléctrico"),
    "month.no_vat": ("Total without VAT", "Total sin IVA"),
    "month.vat": ("VAT", "IVA"),
    "month.all": ("Total", "Total con IVA"),
    "month.same": ("The same production, three ways", "La misma producción, de tres maneras"),
    "month.way": ("Process energy at the prices paid", "Energía de proceso a precios pagados"),
    "month.all_days": ("{days} closed days €", "{days} días cerrados €"),
    "month.whole_weeks": ("{weeks} whole weeks €", "{weeks} semanas completas €"),
    "month.per_tonne": ("€ per tonne", "€ por tonelada"),
    "month.habit": ("By habit", "Por costumbre"),
    "month.paid": ("As it was made", "Como se hizo"),
    "month.best": ("At best, all prices known", "Lo mejor, sabiendo los precios"),
    "month.no_days": ("No day is closed yet.", "Todavía no hay ningún día cerrado."),
    "month.parts": (
        "The saving: {shifting} by other hours, {early} by beginning early, {consumption} by less "
        "energy than the recipe.",
        "El ahorro: {shifting} por otras horas, {early} por empezar antes, {consumption} por menos "
        "energía que la receta.",
    ),
    "month.level": (
        "Not part of it: habit would have cost {level} more four weeks before ({days} days).",
        "Aparte: la costumbre habría costado {level} más cuatro semanas antes ({days} días).",
    ),
    "month.excess_ways": (
        "Excess power besides, electricity tax in: {habit} by habit, {planned} as planned, "
        "{actual} as it was made.",
        "Además, excesos de potencia con impuesto eléctrico: {habit} por costumbre, {planned} "
        "según el plan, {actual} como se hizo.",
    ),
    "month.excess_ways_unknown": (
        "What excess power would have cost by habit is told once every day is closed and the meter "
        "tells quarter-hours.",
        "Lo que habrían costado los excesos por costumbre se dice cuando todos los días están "
        "cerrados y el contador da cuartos de hora.",
    ),
    "month.events": ("Excess power", "Excesos de potencia"),
    "month.no_events": ("Power never lay above the contracted one.",
                        "La potencia nunca superó la contratada."),
    "month.excess_unknown": (
        "Not known: the meter was read by the hour, excess is measured by quarter-hours.",
        "No se sabe: el contador se leyó por horas; los excesos se miden por cuartos de hora.",
    ),
    "month.when": ("When", "Cuándo"),
    "month.highest": ("Highest kW", "Máxima kW"),
    "month.contracted": ("Contracted kW", "Contratada kW"),
    "month.contracted_line": ("contracted power at that time", "potencia contratada a esa hora"),
    "month.machines": ("Machines running", "Máquinas en marcha"),
    "month.peaks": ("Highest quarter-hour of each day", "Cuarto de hora más alto de cada día"),
    "month.highest_bar": ("highest quarter-hour", "cuarto de hora más alto"),
    "month.forecasts": ("Price forecasts", "Previsiones de precio"),
    "month.ahead": ("Days ahead", "Días de antelación"),
    "month.days": ("Days", "Días"),
    "month.mae": ("MAE {unit}", "Error medio {unit}"),
    "month.naive": ("Week before {unit}", "Semana anterior {unit}"),
    "month.rmae": ("Ratio", "Cociente"),
    "month.band": ("In the 80 % band", "En la banda del 80 %"),
    "month.no_scores": ("No forecast of these days is scored.",
                        "No hay previsiones evaluadas de estos días."),
    "month.adherence": ("Following the plan", "Seguimiento del plan"),
    "month.followed": (
        "{on_time} of {reported} reported blocks began on time ({share}); {blocks} blocks in all, "
        "those not reported count as planned. {missing} batches ordered and not made.",
        "{on_time} de {reported} bloques comunicados empezaron a tiempo ({share}); {blocks} en "
        "total, los no comunicados cuentan según el plan. {missing} lotes pedidos y no hechos.",
    ),
    "month.not_followed": (
        "Not known: none of {blocks} blocks was reported; they count as planned. {missing} batches "
        "ordered and not made.",
        "No se sabe: no se comunicó ninguno de los {blocks} bloques; cuentan según el plan. "
        "{missing} lotes pedidos y no hechos.",
    ),
    "month.co2": ("CO₂", "Emisiones de CO₂"),
    "month.co2_is": (
        "{kg}: {kwh} from the grid at {factor}, location based. Source of the factor: {source}.",
        "{kg}: {kwh} de la red a {factor}, según ubicación. Fuente del factor: {source}.",
    ),
    "month.co2_unknown": (
        "Not known: no emission factor is declared with its source (CHOCOLATE_FACTORY_CO2_G_KWH), "
        "or the energy is not known.",
        "No se sabe: no hay factor de emisión declarado con su fuente "
        "(CHOCOLATE_FACTORY_CO2_G_KWH), o no se conoce la energía.",
    ),
    "month.data": ("How complete the data is", "Integridad de los datos"),
    "month.what": ("What", "Qué"),
    "month.there": ("There", "Hay"),
    "month.should": ("Expected", "Debería haber"),
    "month.share": ("Share", "Porcentaje"),
    "month.basis": (
        "Energy: {measured} of {quarters} quarter-hours by the meter, the others by plan and base "
        "load.",
        "Energía: {measured} de {quarters} cuartos de hora según contador; el resto según plan y "
        "consumo base.",
    ),
    "complete.prices": ("price periods", "periodos de precio"),
    "complete.meter": ("quarter-hours metered", "cuartos de hora medidos"),
    "complete.days": ("days closed", "días cerrados"),
    "complete.reported": ("blocks reported", "bloques comunicados"),
    "complete.measured": ("blocks with measured energy", "bloques con energía medida"),
    "lead.1_1": ("1 day ahead", "1 día antes"),
    "lead.2_7": ("2 to 7 days ahead", "2 a 7 días antes"),
    "lead.8_14": ("8 to 14 days ahead", "8 a 14 días antes"),
    "month.table": ("Day by day", "Día a día"),
    "month.day": ("Day", "Día"),
    "month.batches": ("Batches", "Lotes"),
    "month.saving_eur": ("Saving €", "Ahorro €"),
    "month.energy_parts": ("What the energy price is made of", "De qué se compone la energía"),
    "month.part": ("Part", "Componente"),
    "part.day_ahead": ("Day-ahead market", "Mercado diario"),
    "part.adjustment_services": ("Adjustment services", "Servicios de ajuste"),
    "part.capacity_payment": ("Capacity payment", "Pago por capacidad"),
    "part.operator_fees": ("Fees of OMIE and REE", "Retribución de OMIE y REE"),
    "part.losses": ("Losses", "Pérdidas"),
    "part.efficiency_fund": ("Energy-efficiency fund", "Fondo de eficiencia energética"),
    "part.margin": ("Supplier's margin", "Margen de la comercializadora"),
    "part.municipal_tax": ("Municipal levy", "Tasa municipal"),
    "part.tolls_and_charges": ("Tolls and charges", "Peajes y cargos"),
    "part.pvpc": ("PVPC, tolls in", "PVPC, peajes incluidos"),
    "part.agreed_price": ("Agreed price", "Precio pactado"),
    "month.notes": ("Notes", "Notas"),
}  # fmt: skip
