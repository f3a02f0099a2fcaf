package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.p2p.flow.Deadline;
import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStoreContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What the repository has, told to everybody else: the location log of each key, in git-annex's
 * journal, which the next command of git-annex commits to its branch, and {@link Committing} if it
 * is installed.
 *
 * <p>A file of the journal takes the place of the branch's. So it begins with what the branch has,
 * read while the journal's lock keeps git-annex from committing. All changes that wait are made
 * under one lock.
 *
 * <p><b>Threads.</b> {@link #record} any; the rest is on a context of its own.
 */
final class Journal {
  /** How many changes wait at most for git-annex to give back its lock. */
  private static final int WAITING_MAX = 10_000;

  /** How many are made under one lock. */
  private static final int BATCH = 200;

  private static final long LOCK_PAUSE_MILLIS = 20;

  /** git-annex has it while it commits, which takes long after a large change. */
  private static final Duration LOCK_LIMIT = Duration.ofMinutes(1);

  /** What all of a batch waits at most for the branch: git-annex waits for the lock meanwhile. */
  static final Duration BRANCH_LIMIT = Duration.ofSeconds(30);

  /** After it, the program that reads the branch is ended. */
  private static final Duration REST = Duration.ofSeconds(30);

  private final KeyStoreContext host;
  private final Disk disk;
  private final Repository repository;
  private final FileLocks locks;
  private final TemporaryNames names;
  private final Duration branchLimit;
  private final BranchReader branch;
  private final Committing committing;
  private final Home home;
  private final Map<Key, Promise<Void>> waiting = new LinkedHashMap<>();
  private boolean isWriting;
  private Optional<Long> resting = Optional.empty();
  private Future<Void> underWay = Future.succeededFuture();

  /** A log that is to be written. */
  private record Log(Key key, RawPath file, boolean present, Optional<byte[]> found) {}

  /**
   * @param branchLimit what all of a batch waits at most for the branch
   */
  Journal(
      KeyStoreContext host,
      Disk disk,
      Repository repository,
      FileLocks locks,
      TemporaryNames names,
      Duration branchLimit) {
    this.host = host;
    this.disk = disk;
    this.repository = repository;
    this.locks = locks;
    this.names = names;
    this.branchLimit = branchLimit;
    this.branch = new BranchReader(host.children(), repository.layout().git().toString());
    this.committing = new Committing(host, repository);
    this.home = Home.here(host.vertx());
  }

  /**
   * Content has come or gone: which of both is looked at when it is written, since changes of one
   * key may be told in another order than they were made.
   *
   * <p>Completes when the journal has it durably. {@link GatewayError.Unavailable} if it is locked.
   */
  Future<Void> record(Key key) {
    Promise<Void> done = Promise.promise();
    home.run(() -> add(key, done));
    return Home.here(host.vertx()).answer(done.future());
  }

  private void add(Key key, Promise<Void> done) {
    if (waiting.size() >= WAITING_MAX) {
      done.fail(
          new GatewayError.Unavailable(
              Scope.RESOURCE,
              LOCK_LIMIT,
              "%d changes wait for %s".formatted(waiting.size(), lockName())));
      return;
    }
    Optional.ofNullable(waiting.putIfAbsent(key, done))
        .ifPresent(before -> before.future().onComplete(done));
    write();
  }

  private RawPath lockName() {
    return repository.layout().journalLock();
  }

  private void write() {
    if (isWriting || waiting.isEmpty()) return;
    isWriting = true;
    resting.ifPresent(host.vertx()::cancelTimer);
    resting = Optional.empty();
    underWay =
        lock(System.nanoTime() + LOCK_LIMIT.toNanos())
            .compose(this::writeLocked)
            .transform(written -> {
              isWriting = false;
              if (written.failed()) failAll(written.cause());
              write();
              if (!isWriting) rest();
              return Future.succeededFuture();
            });
  }

  /** A repository that nothing happens in has no program running. */
  private void rest() {
    resting = Optional.of(host.vertx().setTimer(REST.toMillis(), _ -> branch.close()));
  }

  private Future<FileLocks.Grip> lock(long endNanos) {
    return host.run(() -> locks.tryAlone(lockName()))
        .compose(grip -> grip.map(Future::succeededFuture).orElseGet(() -> lockLater(endNanos)));
  }

  private Future<FileLocks.Grip> lockLater(long endNanos) {
    if (System.nanoTime() > endNanos)
      return Future.failedFuture(
          new GatewayError.Unavailable(
              Scope.RESOURCE, LOCK_LIMIT, "%s is locked by another process".formatted(lockName())));
    return host.vertx()
        .timer(LOCK_PAUSE_MILLIS, TimeUnit.MILLISECONDS)
        .compose(_ -> lock(endNanos));
  }

  /** Those that wait now: each of them is told how it went. */
  private Future<Void> writeLocked(FileLocks.Grip grip) {
    Map<Key, Promise<Void>> batch = new LinkedHashMap<>();
    for (Map.Entry<Key, Promise<Void>> entry : waiting.entrySet())
      if (batch.size() < BATCH) batch.put(entry.getKey(), entry.getValue());
    batch.keySet().forEach(waiting::remove);
    Set<Key> keys = Set.copyOf(batch.keySet());
    Map<Key, Throwable> failed = new ConcurrentHashMap<>();
    return host.run(() -> journalled(keys, failed))
        .compose(logs -> withBranch(logs, failed))
        .compose(logs -> host.run(() -> writeAll(logs, failed)))
        .eventually(() -> GivingBack.run(host, grip::release))
        .onComplete(written -> {
          batch.forEach((key, done) ->
              Optional.ofNullable(failed.get(key))
                  .or(() -> Optional.ofNullable(written.cause()))
                  .ifPresentOrElse(done::fail, done::complete));
          if (written.succeeded() && written.result() > 0) committing.soon();
        })
        .transform(_ -> Future.succeededFuture());
  }

  /**
   * @param failed gets those that cannot be read, one name may be too long; here and below
   */
  private List<Log> journalled(Set<Key> keys, Map<Key, Throwable> failed) {
    List<Log> logs = new ArrayList<>();
    for (Key key : keys)
      try {
        logs.add(journalled(key));
      } catch (RuntimeException e) {
        failed.put(key, e);
      }
    return logs;
  }

  private Log journalled(Key key) {
    boolean isPresent =
        repository.layout().objects(key).stream()
            .anyMatch(object -> disk.stat(object.file()).isPresent());
    RawPath file = repository.layout().journalled(Layout.log(key));
    return new Log(key, file, isPresent, disk.read(file));
  }

  private Future<List<Log>> withBranch(List<Log> logs, Map<Key, Throwable> failed) {
    long endNanos = System.nanoTime() + branchLimit.toNanos();
    Future<List<Log>> all = Future.succeededFuture(new ArrayList<>());
    for (Log log : logs)
      all =
          all.compose(done -> {
            if (log.found().isPresent()) {
              done.add(log);
              return Future.succeededFuture(done);
            }
            return fromBranch(log.key(), endNanos)
                .onSuccess(found -> done.add(new Log(log.key(), log.file(), log.present(), found)))
                .onFailure(why -> failed.put(log.key(), why))
                .transform(_ -> Future.succeededFuture(done));
          });
    return all;
  }

  private Future<Optional<byte[]>> fromBranch(Key key, long endNanos) {
    Duration left = Duration.ofNanos(endNanos - System.nanoTime());
    if (!left.isPositive()) return Future.failedFuture(branchIsSilent());
    return Deadline.within(
        host.vertx(),
        left,
        branch.read(Layout.log(key)),
        () -> {
          branch.close();
          return branchIsSilent();
        },
        _ -> {});
  }

  private GatewayError branchIsSilent() {
    return new GatewayError.Unavailable(
        Scope.RESOURCE,
        LOCK_LIMIT,
        "git cat-file in %s has not answered for %d s"
            .formatted(repository.path(), branchLimit.toSeconds()));
  }

  /** How many were not true already. */
  private int writeAll(List<Log> logs, Map<Key, Throwable> failed) {
    int count = 0;
    disk.makeDirectories(repository.layout().journal());
    disk.makeDirectories(repository.layout().temporary());
    long nowSeconds = host.clock().instant().getEpochSecond();
    for (Log log : logs)
      try {
        if (write(log, nowSeconds)) count++;
      } catch (RuntimeException e) {
        failed.put(log.key(), e);
      }
    return count;
  }

  /** Whether it was not true already. */
  private boolean write(Log log, long nowSeconds) {
    Optional<byte[]> changed =
        LocationLog.with(
            log.found().orElse(new byte[0]), repository.uuid(), log.present(), nowSeconds);
    if (changed.isEmpty()) return false;
    disk.replace(log.file(), changed.get(), names.next());
    return true;
  }

  private void failAll(Throwable why) {
    List<Promise<Void>> failing = List.copyOf(waiting.values());
    waiting.clear();
    failing.forEach(done -> done.fail(why));
  }

  /** Completes once nothing is under way. What is recorded after it is lost. */
  Future<Void> close() {
    return home.call(() ->
        quiet()
            .compose(_ -> {
              resting.ifPresent(host.vertx()::cancelTimer);
              branch.close();
              return committing.close();
            }));
  }

  private Future<Void> quiet() {
    return underWay.compose(_ -> isWriting ? quiet() : Future.succeededFuture());
  }
}
