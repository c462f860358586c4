"""Environmental sampling and disinfection (环境检测和消杀, D14): jobs with place, clock, result and re-entry permission."""
