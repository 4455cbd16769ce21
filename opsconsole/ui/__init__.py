"""What we show: the Textual app, its panes and screens. Nothing else of opsconsole imports Textual."""
