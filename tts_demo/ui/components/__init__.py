"""The page's own components: each a folder with its face towards gradio, its modules and its style sheet."""
