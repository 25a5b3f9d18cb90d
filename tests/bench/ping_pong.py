"""The same ping-pong on CPython's socket: a turn for each line on standard input."""

import socket
import sys


def main():
    rounds, size = (int(word) for word in sys.argv[1:])
    near, far = socket.socketpair()
    data, room = bytes(size), bytearray(size)
    for _ in sys.stdin:
        for _ in range(rounds):
            near.send(data)
            far.recv_into(room)
            far.send(data)
            near.recv_into(room)
        print(flush=True)


main()
