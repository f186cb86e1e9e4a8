"""The list of commands, so that ``--help`` and a command load no other command."""

from __future__ import annotations

LISTED = {
    "backtest": (
        "backtest",
        "Measure models on the past: one origin for each first delivery day D in [--from, --to].",
    ),
    "backup": (
        "backup",
        "Write everything stored and the configuration to one file, while the service runs or not.",
    ),
    "restore": (
        "backup",
        "Load a backup into an empty store, all or nothing, after checking it whole.",
    ),
    "bill": (
        "bill",
        "The electricity bill of a meter's readings, or of the plan in force, by tariff period.",
    ),
    "ingest": (
        "ingest",
        "Ask the live services for days, whether they are stored or not, newest first.",
    ),
    "backfill": (
        "ingest",
        "Find what is missing and ask for it again, source by source, newest first.",
    ),
    "plan": (
        "plan",
        "Plan the batches of the coming days at least cost, with a proof, beside the habit's cost.",
    ),
    "serve": (
        "serve",
        "Serve the dashboard and keep data, forecasts and plan fresh by the schedule.",
    ),
    "demo": (
        "demo",
        "Run the main job offline: three years of simulated prices and weather, forecast, plan.",
    ),
    "doctor": (
        "doctor",
        "Check this machine, the store, the files and the live services; say what to do.",
    ),
    "explain": ("explain", "Why each batch of the plan in force is where it is."),
    "forecast": (
        "forecast",
        "Prices of the coming hours: published where published, forecast after it.",
    ),
    "gaps": ("gaps", "Delivery periods that should be stored by now and are not."),
    "import": ("import_files", "Import price and weather files: each file whole, or not at all."),
    "meter": (
        "meter",
        "Keep the meter's readings of a file and compare them with what was planned to be bought.",
    ),
    "reparse": (
        "reparse",
        "Read the upstream answers that were kept as received once more, without any network.",
    ),
    "replay": (
        "replay",
        "Plan a past period again, each day from what was known then, and cost it at actual "
        "prices.",
    ),
    "what-if": (
        "what_if",
        "What the coming days would cost otherwise: each option, given as often as wanted, a "
        "variant.",
    ),
    "alerts": (
        "alerts",
        "What a person should know now: prices, heat, data, forecasts, plans and power.",
    ),
    "contract": ("contract", "Which powers to contract."),
    "fleet": ("fleet", "Every site at once: planned, replayed, their models measured."),
    "models": ("models", "How the price models do, and training them."),
    "plant": (
        "plant",
        "Check a plant file, begin one from a template, or print the schema of plant files.",
    ),
    "report": ("report", "The plan and the month as files for people."),
    "site": ("site", "Several plants in one program: a folder of site files, one for each."),
    "token": ("token", "Tokens by which another machine may change something."),
}
"""The module of each command, and the first line of what its own ``--help`` says."""
