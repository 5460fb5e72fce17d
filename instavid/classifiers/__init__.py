"""VGG-16 as a judge of two domains: built, trained, kept, asked. No training of pairs sees it."""
