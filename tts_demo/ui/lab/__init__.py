"""What answers a page in the lab: controls, runs, sentences, clips and blind tests, without gradio."""
