"""How well Goldgrade judges, measured: mutants of right programs, restyled wrong ones, false alarms, margins."""
