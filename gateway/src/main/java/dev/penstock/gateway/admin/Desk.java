package dev.penstock.gateway.admin;

import dev.penstock.gateway.config.AdminLimits;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * What all exchanges share.
 *
 * @param context of the admin API: everything here is for it alone, but for the table
 * @param archives where plugins' archives go as they arrive
 */
record Desk(
    Vertx vertx,
    Context context,
    AdminLimits limits,
    RouteTable table,
    Slots slots,
    Slots archiveSlots,
    EventStream events,
    AuditLog audit,
    Meters meters,
    Path archives,
    InstantSource clock) {}
