package dev.penstock.replication.migrate;

import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.Sender;

/**
 * Both sides of a migration, and who is asked at the other one.
 *
 * @param sender here
 * @param receiver there
 * @param other who answers for the volume there
 */
record Ends(Sender sender, Receiver receiver, OtherSide other) {}
