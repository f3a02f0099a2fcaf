package dev.penstock.gateway.state;

import dev.penstock.spi.admin.Role;
import java.time.Instant;

/**
 * Who may call the admin API over TCP. Its secret is known to its owner alone.
 *
 * @param name the caller's name in the audit log
 */
public record Token(String name, Role role, Instant createdAt) {}
