"""What a search over structures tells: its leaderboard, the effect of every slot, drawings."""
