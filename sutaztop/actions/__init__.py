"""One path for every change: plan, guard, apply, verify, journal."""
