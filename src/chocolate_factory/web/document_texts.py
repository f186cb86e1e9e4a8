"""What is wrong with a line of a file or a field of a question: in English, as said, and Spanish.

Like notes, they are sentences where they arise: the English side is the form that they are known by
again. The line and the field stand before them.
"""

from __future__ import annotations

DOCUMENT_MESSAGES: dict[str, tuple[str, str]] = {  # note.CODE: (English as said, Spanish)
    "note.in_watts": (
        "Is it in watts? Then write {better}.",
        "¿Está en vatios? Entonces escriba {better}.",
    ),
    "note.in_watt_hours": (
        "Is it in watt-hours? Then write {better}.",
        "¿Está en vatios hora? Entonces escriba {better}.",
    ),
    "note.in_grams": (
        "Is it in grams? Then write {better}.",
        "¿Está en gramos? Entonces escriba {better}.",
    ),
    "note.in_seconds": (
        "Is it in seconds? Then write {better} min.",
        "¿Está en segundos? Entonces escriba {better} min.",
    ),
    # the document itself
    "note.unknown_key": ("unknown key", "clave desconocida"),
    "note.is_missing": ("is missing", "falta"),
    "note.field_required": ("Field required", "falta"),
    "note.no_yaml": ("not valid YAML", "no es YAML válido"),
    "note.no_pairs": (
        "the file must hold `key: value` pairs",
        "el fichero ha de tener pares `clave: valor`",
    ),
    "note.nested_too_deeply": ("nested too deeply", "demasiados niveles anidados"),
    "note.written_by_hand": (
        "it is written in a way that only you can change: edit it by hand",
        "está escrito de un modo que solo usted puede cambiar: edítelo a mano",
    ),
    "note.folder_unusable": ("it cannot be used: {fault}", "no puede usarse: {fault}"),
    # what is wanted in the place of what was given
    "note.given_wanted": ("{given} was given; wanted: {why}", "se dio {given}; se espera: {why}"),
    "note.given_but": ("{given} was given; {why}", "se dio {given}; {why}"),
    "note.a_whole_number": ("a whole number", "un número entero"),
    "note.a_number": ("a number", "un número"),
    "note.a_number_with_point": (
        "a number with a decimal point, {better}",
        "un número con punto decimal, es decir {better}",
    ),
    "note.a_finite_number": ("a finite number", "un número finito"),
    "note.true_or_false": ("true or false", "true o false"),
    "note.a_day": ("a day such as {example}", "un día como {example}"),
    "note.an_instant": (
        "an instant with its offset such as {example}",
        "un instante con su desfase como {example}",
    ),
    "note.at_least": ("at least {least}", "al menos {least}"),
    "note.more_than": ("more than {least}", "más de {least}"),
    "note.at_most_characters": ("at most {count} characters", "como mucho {count} caracteres"),
    "note.at_most": ("at most {most}", "como mucho {most}"),
    "note.less_than": ("less than {most}", "menos de {most}"),
    "note.a_path": ("a path", "una ruta"),
    "note.a_text": ("a text", "un texto"),
    "note.should_read_as_number": (
        "Input should be a valid number, unable to parse string as a number",
        "ha de ser un número",
    ),
    "note.should_read_as_whole": (
        "Input should be a valid integer, unable to parse string as an integer",
        "ha de ser un número entero",
    ),
    "note.should_be_number": ("Input should be a valid number", "ha de ser un número"),
    "note.should_be_whole": ("Input should be a valid integer", "ha de ser un número entero"),
    "note.should_be_text": ("Input should be a valid string", "ha de ser un texto"),
    "note.should_be_list": ("Input should be a valid list", "ha de ser una lista"),
    "note.should_be_pairs": (
        "Input should be a valid dictionary",
        "ha de tener pares `clave: valor`",
    ),
    "note.should_be_flag": ("Input should be a valid boolean", "ha de ser true o false"),
    "note.should_be_day": ("Input should be a valid date", "ha de ser una fecha"),
    "note.should_have_offset": ("Input should have timezone info", "ha de llevar su desfase"),
    "note.should_be_finite": ("Input should be a finite number", "ha de ser un número finito"),
    "note.should_be_least": (
        "Input should be greater than or equal to {least}",
        "ha de ser al menos {least}",
    ),
    "note.should_be_most": (
        "Input should be less than or equal to {most}",
        "ha de ser como mucho {most}",
    ),
    "note.should_be_above": ("Input should be greater than {least}", "ha de ser mayor que {least}"),
    "note.should_be_below": ("Input should be less than {most}", "ha de ser menor que {most}"),
    "note.should_be_one_of": ("Input should be {these} or {last}", "ha de ser {these} o {last}"),
    "note.should_be_this": ("Input should be '{name}'", "ha de ser «{name}»"),
    **{
        f"note.{code}_too_{which}": (
            f"{name} should have {bound} {{count}} {items} after validation, not {{given}}",
            f"la lista ha de tener {spanish} {{count}} {elements}, no {{given}}",
        )
        for code, name in (("list", "List"), ("tuple", "Tuple"))
        for which, bound, items, spanish, elements in (
            ("short", "at least", "items", "al menos", "elementos"),
            ("short_one", "at least", "item", "al menos", "elemento"),
            ("long", "at most", "items", "como mucho", "elementos"),
        )
    },
    "note.text_too_short": (
        "String should have at least {least} character",
        "el texto ha de tener al menos {least} carácter",
    ),
    "note.text_too_long": (
        "String should have at most {most} characters",
        "el texto ha de tener como mucho {most} caracteres",
    ),
    # contract
    "note.one_of": ("must be one of {these}", "ha de ser uno de {these}"),
    **{
        f"note.not_plausible_{code}": (
            "{value} €/MWh is not plausible for " + english + " (expected 0 to {most}): is it in "
            "another unit?",
            "{value} €/MWh no es verosímil para " + spanish + " (se espera de 0 a {most}): ¿está "
            "en otra unidad?",
        )
        for code, english, spanish in (
            ("margin", "a margin", "un margen"),
            ("services", "adjustment services", "los servicios de ajuste"),
        )
    },
    "note.hardly_anything": (
        "{value} €/MWh is hardly anything: was {kwh} €/kWh meant? Then write {better}",
        "{value} €/MWh es casi nada: ¿quería decir {kwh} €/kWh? Entonces escriba {better}",
    ),
    "note.price_negative": (
        "{value} €/kWh: a fixed price cannot be negative",
        "{value} €/kWh: un precio fijo no puede ser negativo",
    ),
    "note.price_not_plausible": (
        "{value} €/kWh is not plausible for a fixed price (expected 0 to 2): was {mwh} €/MWh "
        "meant? Then write {better}",
        "{value} €/kWh no es verosímil para un precio fijo (se espera de 0 a 2): ¿quería decir "
        "{mwh} €/MWh? Entonces escriba {better}",
    ),
    "note.power_not_plausible": (
        "{value} kW is not plausible for a contracted power (expected above 0 to 50000): is it in "
        "watts?",
        "{value} kW no es verosímil para una potencia contratada (se espera más de 0 y hasta "
        "50000): ¿está en vatios?",
    ),
    "note.periods_of_tariff_power": (
        "{tariff} has the power periods P1 to {last}; the file gives {given}",
        "{tariff} tiene los periodos de potencia P1 a {last}; el fichero da {given}",
    ),
    "note.periods_of_tariff_energy": (
        "{tariff} has the energy periods P1 to {last}; the file gives {given}",
        "{tariff} tiene los periodos de energía P1 a {last}; el fichero da {given}",
    ),
    "note.switch_cuts": (
        "on 2.0TD the control switch cuts: leave the key out",
        "en la 2.0TD corta el control de potencia: quite la clave",
    ),
    "note.not_above_contracted": (
        "{most} kW is not above the highest contracted power, {highest} kW: write what the "
        "connection carries, or leave the key out",
        "{most} kW no supera la mayor potencia contratada, {highest} kW: escriba lo que admite la "
        "acometida o quite la clave",
    ),
    "note.number_or_dated": (
        "must be a number, or a list of {{from: date, value: number}}",
        "ha de ser un número o una lista de {{from: fecha, value: número}}",
    ),
    "note.list_empty": (
        "the list is empty: give a value, or leave the key out",
        "la lista está vacía: indique un valor o quite la clave",
    ),
    "note.dates_rise": (
        "`from` dates must rise, each standing once",
        "las fechas `from` han de ir en orden, cada una una vez",
    ),
    # orders
    "note.unknown_product": (
        "unknown product; the plant makes {products}",
        "producto desconocido; la planta hace {products}",
    ),
    "note.unknown_product_named": (
        "unknown product {product}; the plant makes {products}",
        "producto desconocido, {product}; la planta hace {products}",
    ),
    "note.no_due_time": (
        "no due time: give `due` with `default` or `{day}`",
        "sin hora límite: indique `due` con `default` o `{day}`",
    ),
    "note.no_orders": (
        "no orders: give `weekly` kilograms or dated `orders`",
        "sin pedidos: indique kilos en `weekly` o `orders` con fecha",
    ),
    "note.not_before_due": ("is not before the due time", "no es anterior a la hora límite"),
    "note.due_form": (
        "write `08:00 next day` or `14:00 same day`, not {given}",
        "escriba `08:00 next day` o `14:00 same day`, no {given}",
    ),
    "note.many_batches": (
        "{kg} kg are {batches} batches of {each} kg. {why}",
        "{kg} kg son {batches} lotes de {each} kg. {why}",
    ),
    "note.batch_too_large": (
        "{kg} kg is the most that is ordered of {grade}, and one batch of it makes {each} kg. Is "
        "`batch_kg` of the plant file in grams? Then write {better} there.",
        "lo más que se pide de {grade} son {kg} kg, y un lote hace {each} kg. ¿Está `batch_kg` del "
        "fichero de planta en gramos? Entonces escriba allí {better}.",
    ),
    "note.fields_of_first_line": (
        "not as many fields as the first line",
        "no tiene tantos campos como la primera línea",
    ),
    "note.unknown_column": ("unknown column {column}", "columna desconocida, {column}"),
    "note.no_column": ("no column {column}", "falta la columna {column}"),
    "note.column_twice": ("column {column} stands twice", "la columna {column} está dos veces"),
    "note.columns_needed": (
        "columns are {columns}; {needed} have to be there",
        "las columnas son {columns}; han de estar {needed}",
    ),
    "note.columns": ("columns are {columns}", "las columnas son {columns}"),
    "note.no_sheet": ("no sheet of orders", "no hay hoja de pedidos"),
    "note.empty_sheet": ("an empty sheet", "una hoja vacía"),
    "note.no_workbook": (
        "not an XLSX workbook, or damaged: save it as .xlsx",
        "no es un libro XLSX, o está dañado: guárdelo como .xlsx",
    ),
    # plant
    "note.no_divisor": (
        "{minutes} min does not divide a quarter-hour, the unit of price and power: write 15, 5, 3 "
        "or 1",
        "{minutes} min no divide un cuarto de hora, la unidad de precio y potencia: escriba 15, 5, "
        "3 o 1",
    ),
    "note.twice": ("{what} stands twice", "{what} está dos veces"),
    "note.reserved": ("{what} is a reserved word", "{what} es una palabra reservada"),
    "note.of_another_stage": (
        "{what} is already another stage's",
        "{what} ya es de otra etapa",
    ),
    "note.of_another_tank": (
        "{what} is already a stage's or another tank's",
        "{what} ya es de una etapa o de otro depósito",
    ),
    "note.unknown_grade_every": (
        "unknown grade; the plant makes {grades} (or write {every} for every grade)",
        "producto desconocido; la planta hace {grades} (o escriba {every} para todos)",
    ),
    "note.unknown_grade": (
        "unknown grade; the plant makes {grades}",
        "producto desconocido; la planta hace {grades}",
    ),
    "note.no_weight_of": ("no weight for {grade}", "falta el peso de {grade}"),
    "note.no_phases": (
        "no phases for {grade}; write `{key}: []` if it skips this stage",
        "faltan las fases de {grade}; escriba `{key}: []` si se salta esta etapa",
    ),
    "note.stage_unused": (
        "no grade uses this stage: leave it out",
        "ningún producto usa esta etapa: quítela",
    ),
    "note.shorter_than_cleaning": (
        "is shorter than cleaning_min ({minutes} min), in whose place it stands",
        "dura menos que cleaning_min ({minutes} min), en cuyo lugar está",
    ),
    "note.nothing_waits": (
        "nothing may wait in this tank: leave it out",
        "nada puede esperar en este depósito: quítelo",
    ),
    "note.needs_indoor": (
        "needs `indoor`: how the hall follows the weather",
        "necesita `indoor`: cómo sigue la nave al tiempo",
    ),
    "note.limits_nothing": ("limits nothing: leave it out", "no limita nada: quítelo"),
    "note.never_runs": (
        "is not below max_c: the stage could never run",
        "no es menor que max_c: la etapa no podría trabajar nunca",
    ),
    "note.no_whole_slots_occupied": (
        "{minutes} min is not a whole number of {slot}-minute slots: write the time the machine is "
        "occupied in whole slots, with the mean kW over it",
        "{minutes} min no es un número entero de tramos de {slot} minutos: escriba en tramos "
        "enteros el tiempo que se ocupa la máquina, con los kW medios",
    ),
    "note.no_whole_slots_wait": (
        "{minutes} min is not a whole number of {slot}-minute slots: write the wait allowed in "
        "whole slots",
        "{minutes} min no es un número entero de tramos de {slot} minutos: escriba la espera "
        "permitida en tramos enteros",
    ),
    "note.no_whole_slots": (
        "{minutes} min is not a whole number of {slot}-minute slots: write it in whole slots",
        "{minutes} min no es un número entero de tramos de {slot} minutos: escríbalo en tramos "
        "enteros",
    ),
    "note.too_many_days": (
        "{minutes} min are {days} days, more than the {most} that can be meant. {why}",
        "{minutes} min son {days} días, más de los {most} que caben. {why}",
    ),
    "note.draws_too_much_tank": (
        "each batch in the {tank} draws {kw} kW, more than the highest contracted power ({highest} "
        "kW).",
        "cada lote en {tank} toma {kw} kW, más que la mayor potencia contratada ({highest} kW).",
    ),
    "note.draws_too_much_tank_watts": (
        "each batch in the {tank} draws {kw} kW, more than the highest contracted power ({highest} "
        "kW). {why}",
        "cada lote en {tank} toma {kw} kW, más que la mayor potencia contratada ({highest} kW). "
        "{why}",
    ),
    "note.draws_too_much": (
        "one {machine} draws {kw} kW, more than the highest contracted power ({highest} kW).",
        "{machine} toma {kw} kW, más que la mayor potencia contratada ({highest} kW).",
    ),
    "note.draws_too_much_watts": (
        "one {machine} draws {kw} kW, more than the highest contracted power ({highest} kW). {why}",
        "{machine} toma {kw} kW, más que la mayor potencia contratada ({highest} kW). {why}",
    ),
    "note.base_too_much": (
        "{kw} kW at {clock}, more than the highest contracted power ({highest} kW).",
        "{kw} kW a las {clock}, más que la mayor potencia contratada ({highest} kW).",
    ),
    "note.base_too_much_watts": (
        "{kw} kW at {clock}, more than the highest contracted power ({highest} kW). {why}",
        "{kw} kW a las {clock}, más que la mayor potencia contratada ({highest} kW). {why}",
    ),
    "note.contracted_far_above": (
        "{kw} kW are contracted, and everything at once draws {most} kW. {why}",
        "hay {kw} kW contratados y todo a la vez toma {most} kW. {why}",
    ),
    "note.last_stage": (
        "nothing follows the last stage: leave it out",
        "nada sigue a la última etapa: quítelo",
    ),
    "note.passes_none": ("{grade} passes no stage", "{grade} no pasa por ninguna etapa"),
    "note.in_no_shift": ("lies in no shift", "no cae en ningún turno"),
    "note.nobody_ever": (
        "nobody is ever there, and {stages} need somebody",
        "nunca hay nadie, y {stages} necesitan a alguien",
    ),
    "note.inside_slot": (
        "begins or ends inside a {slot}-minute slot",
        "empieza o acaba dentro de un tramo de {slot} minutos",
    ),
    "note.lies_inside_slot": (
        "lies inside a {slot}-minute slot",
        "cae dentro de un tramo de {slot} minutos",
    ),
    "note.overlaps_shift": (
        "overlaps an earlier shift of the day",
        "se solapa con un turno anterior del día",
    ),
    "note.overlaps_break": (
        "overlaps an earlier break of the day",
        "se solapa con una pausa anterior del día",
    ),
    "note.unknown_stage": (
        "unknown stage; there are {stages}",
        "etapa desconocida; hay {stages}",
    ),
    "note.has_only": ("{stage} has only {count}", "{stage} solo tiene {count}"),
    "note.not_after_from": ("is not after `from`", "no es posterior a `from`"),
    "note.overlaps_maintenance": (
        "overlaps maintenance {number} of {stage}: write one after the other, with the machines "
        "out of use in each",
        "se solapa con el mantenimiento {number} de {stage}: escriba uno tras otro, con las "
        "máquinas paradas en cada uno",
    ),
    "note.hours_form": (
        "write hours like {example}, not {given}",
        "escriba horas como {example}, no {given}",
    ),
    "note.not_on_clock": (
        "{given} is not on the clock (00:00 to 24:00)",
        "{given} no está en el reloj (de 00:00 a 24:00)",
    ),
    "note.ends_before_it_begins": (
        "{given} ends before it begins; split a night at midnight (24:00)",
        "{given} acaba antes de empezar; parta una noche a medianoche (24:00)",
    ),
    "note.instant_form": (
        "write an instant like {example}, not {given}",
        "escriba un instante como {example}, no {given}",
    ),
    "note.no_offset": (
        "{given} has no offset: write it with one, like +01:00, or with Z",
        "{given} no tiene desfase: escríbalo con uno, como +01:00, o con Z",
    ),
    "note.either_yield": (
        "give either `performance` (with a radiation forecast) or `profile_kw`",
        "indique `performance` (con previsión de radiación) o `profile_kw`",
    ),
    "note.above_kwp": ("goes above {kwp} kWp", "pasa de {kwp} kWp"),
    "note.nothing_to_feed": (
        "there is no `pv` or `battery` to feed anything in",
        "no hay `pv` ni `battery` que vierta nada",
    ),
    "note.long_to_fill": (
        "{kwh} kWh take {hours} h to fill at {kw} kW. {why}",
        "{kwh} kWh tardan {hours} h en llenarse a {kw} kW. {why}",
    ),
    "note.more_than_it_holds": (
        "is more than it holds ({kwh} kWh)",
        "es más de lo que guarda ({kwh} kWh)",
    ),
    "note.far_above_contracted": (
        "{kw} {unit}, more than {times} times the highest contracted power ({highest} kW). {why}",
        "{kw} {unit}, más de {times} veces la mayor potencia contratada ({highest} kW). {why}",
    ),
}
