package dev.penstock.p2p.serve;

import dev.penstock.p2p.access.Users;
import dev.penstock.p2p.access.Verifier;
import dev.penstock.p2p.config.Limits;
import dev.penstock.p2p.lock.LockTable;
import dev.penstock.spi.module.FileWorkers;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * What all event loops that serve share.
 *
 * @param connections how many there are
 * @param uploads how many there are
 */
public record Site(
    String basePath,
    Supplier<Limits> limits,
    Supplier<ServedIndex> index,
    Users users,
    Verifier verifier,
    LockTable locks,
    FileWorkers workers,
    Observer observer,
    AtomicInteger connections,
    AtomicInteger uploads) {}
