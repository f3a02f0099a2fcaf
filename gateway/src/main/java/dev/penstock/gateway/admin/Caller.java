package dev.penstock.gateway.admin;

import dev.penstock.spi.admin.Role;

/**
 * Who calls.
 *
 * @param name of a token; "socket" for the unix socket, "anybody" where no token is asked for
 */
public record Caller(String name, Role role) {
  static final Caller SOCKET = new Caller("socket", Role.ADMIN);
  static final Caller ANYBODY = new Caller("anybody", Role.READER);
}
