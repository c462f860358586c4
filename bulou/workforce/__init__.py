"""Workforce (力量调配, D15) and major-event reports (D16): hands, shifts with legal rest, deployment to the largest gap."""
