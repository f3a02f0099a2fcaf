package dev.penstock.spi.module;

/**
 * A socket that was bound for us and listens already, and keeps listening when our server is gone:
 * who connects meanwhile waits for the next one.
 *
 * @param descriptor the number of a file descriptor that does not block; whoever asked for
 *     it gives it to a server, which closes it
 * @param boundTo where it listens
 * @since SPI 1.0
 */
public record InheritedSocket(int descriptor, ListenAddress boundTo) {}
