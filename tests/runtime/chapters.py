"""A chapter of somebody's own."""

OWN_CHAPTER = """\
format = 1
name = "mine"
systems = [4]
formula = ["w = softmax(e)"]
papers = ["me, 2019"]

[words.en]
title = "Mine"
text = "A sentence."

[words.zh-TW]
title = "我的"
text = "一句話。"

[scene]
actions = [
  { do = "open", with = { model = "translate-en-fr" } },
  { do = "start", with = { text = "a black dog jumps." } },
  { do = "end" },
]

[[try]]
keys = ["t"]
does.en = "another type"
does.zh-TW = "換一種"
checks = [{ measure = "attention", goes = "changes" }]
"""
"""A minimal file of the tour, on the explorer."""
