"""Judgement: findings and recommendations. Pure, and time is an argument."""
