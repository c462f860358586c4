"""Orders down the chain, meetings with their decisions, checkpoints, passes and patrols (工作指令、会议交办、卡点巡查, D7)."""
