"""What the console does: plan → permit → effect → verify → undo. Nothing else in it changes the world."""
