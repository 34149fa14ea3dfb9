"""The portal: a night as a folder of pages, from the republic down to the class, for whoever may see which part."""
