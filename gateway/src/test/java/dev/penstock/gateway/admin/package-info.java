/** The admin API from outside: over sockets, with friendly and unfriendly callers. */
@org.jspecify.annotations.NullMarked
package dev.penstock.gateway.admin;
