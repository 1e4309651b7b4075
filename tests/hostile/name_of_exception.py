"""An exception whose name is a page, a colour and a formula.

Expected: error
"""

def student_attention(Q, K, V, mask=None):
    raise type("=cmd|'/c calc'!A1<script>alert(1)</script>\x1b[2J[bold]\n::error::" + "x" * 10**6, (Exception,), {})("\r\x9b31m")
