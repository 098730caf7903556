"""Checks boxes and products with libsodium: records on standard input, a line with what was found on the output.

A record: "B", key 32, nonce 24, length of the text as 4 octets little endian, text, box (crypto_secretbox); "X",
secret key, public key, product (crypto_scalarmult); "K", public key, secret key, key (crypto_box_beforenm).
"""

import ctypes
import ctypes.util
import sys

sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
sodium.sodium_init()
boxes = sodium.crypto_secretbox_easy
boxes.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulonglong, ctypes.c_char_p, ctypes.c_char_p]

data = sys.stdin.buffer.read()
at = 0
counts = {"B": 0, "X": 0, "K": 0}
wrong = []


def take(length):
    global at
    at += length
    return data[at - length : at]


while at < len(data):
    kind = take(1).decode()
    if kind == "B":
        key, nonce = take(32), take(24)
        text = take(int.from_bytes(take(4), "little"))
        made = ctypes.create_string_buffer(len(text) + 16)
        boxes(made, text, len(text), nonce, key)
        given = take(len(text) + 16)
    else:
        first, second, given = take(32), take(32), take(32)
        made = ctypes.create_string_buffer(32)
        call = sodium.crypto_scalarmult if kind == "X" else sodium.crypto_box_beforenm
        call(made, first, second)
    if made.raw != given:
        wrong.append(f"{kind} {counts[kind]}")
    counts[kind] += 1
print(counts["B"], counts["X"], counts["K"], "wrong:", *wrong[:10])
