"""Tables that relate what sellers write to what they mean, by glyph, sound, shape and emoji.

All of it is derived from the data of kept libraries: nothing here lists disguises one by one.
"""
