package dev.penstock.gateway.state;

import dev.penstock.gateway.lock.PathLock;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway's state folder: {@code gateway.state}, its {@link StateSeal}, and a lock that names
 * its holder.
 *
 * <p><b>Lifecycle.</b> {@link #open} refuses, and has changed nothing, if another process has the
 * folder ({@link GatewayError.Conflict}) or if what is in it cannot be trusted ({@link
 * GatewayError.Damaged}). {@link #close} writes what waits. <b>Threads.</b> Any. One thread of its
 * own writes: everything that waits goes into one commit and one sync, and is visible and
 * acknowledged only then. <b>Errors.</b> A commit that failed is final: every later change fails
 * too, and what was durable can still be read.
 */
public final class StateFile implements AutoCloseable {
  /** Changes that wait for the disk. More than this means that the disk stands still. */
  static final int WAITING_MAX = 1024;

  static final String FILE = "gateway.state";
  private static final Logger log = LoggerFactory.getLogger(StateFile.class);
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
  private static final String CLOSING = "";

  /** A change that waits: all of it is in one commit. Empty is for a text that goes. */
  private record Change(String map, Map<String, Optional<String>> texts, Promise<Void> done) {}

  private final Path folder;
  private final PathLock lock;
  private final MVStore store;
  private final FileChannel sealFile;
  private final BlockingQueue<Change> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
  private final Map<String, Map<String, String>> durable = new ConcurrentHashMap<>();
  private final Thread writer;
  private StateSeal seal;
  private volatile @Nullable String broken;
  private volatile boolean closed;

  private StateFile(
      Path folder, PathLock lock, MVStore store, FileChannel sealFile, StateSeal seal) {
    this.folder = folder;
    this.lock = lock;
    this.store = store;
    this.sealFile = sealFile;
    this.seal = seal;
    for (String map : store.getMapNames())
      durable.put(map, new ConcurrentHashMap<>(store.<String, String>openMap(map)));
    this.writer = Thread.ofPlatform().daemon().name("penstock-state").start(this::writeWhatWaits);
  }

  /**
   * Takes the folder, which is made if it is not there.
   *
   * @param folder mode 0700 if it is made: it holds the hashes of tokens
   */
  public static StateFile open(Path folder) {
    try {
      if (!Files.isDirectory(folder))
        Files.createDirectories(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      PathLock lock = PathLock.take(folder.resolve("LOCK"), "the state in " + folder);
      try {
        return open(folder, lock);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw StateSeal.failed(folder, e);
    }
  }

  private static StateFile open(Path folder, PathLock lock) throws IOException {
    Path file = folder.resolve(FILE);
    Optional<StateSeal> found = StateSeal.read(folder);
    if (found.isEmpty() && Files.exists(file))
      throw new GatewayError.Damaged(
          "%s is missing beside %s; restore the folder from a backup"
              .formatted(StateSeal.FILE, file));
    StateSeal seal = found.orElseGet(StateSeal::fresh);
    if (found.isEmpty()) seal.create(folder);
    requireWhole(file, seal);
    MVStore store = openStore(file, false);
    StateSeal.syncFolder(folder); // what is acknowledged in a file that has no name is lost
    return new StateFile(folder, lock, store, StateSeal.open(folder), seal);
  }

  /** Looks without writing: opening for writing could drop the evidence. */
  private static void requireWhole(Path file, StateSeal seal) throws IOException {
    if (!Files.exists(file) || Files.size(file) == 0) {
      if (seal.version() == 0) return; // killed before its first commit
      throw new GatewayError.Damaged(
          "%s is missing or empty; restore it from a backup, or remove %s beside it to begin anew without tokens and module state"
              .formatted(file, StateSeal.FILE));
    }
    if (seal.version() == 0) return;
    MVStore store = openStore(file, true);
    try {
      if (store.getCurrentVersion() < seal.version())
        throw new GatewayError.Damaged(
            "%s ends at version %d and version %d was acknowledged: it is truncated; restore it from a backup"
                .formatted(file, store.getCurrentVersion(), seal.version()));
    } finally {
      store.closeImmediately();
    }
  }

  private static MVStore openStore(Path file, boolean readOnly) {
    MVStore.Builder builder = new MVStore.Builder().fileName(file.toString()).autoCommitDisabled();
    try {
      return (readOnly ? builder.readOnly() : builder).open();
    } catch (MVStoreException e) {
      throw new GatewayError.Damaged(
          "%s cannot be read: %s; restore it from a backup".formatted(file, e.getMessage()), e);
    }
  }

  /** Who this gateway is, for as long as its state is kept. */
  public UUID gateway() {
    return seal.gateway();
  }

  public Path folder() {
    return folder;
  }

  /** The texts under a name. Two with the same name are the same. */
  public StateMap map(String name) {
    return new StateMap(this, name);
  }

  Map<String, String> durable(String map) {
    return durable.computeIfAbsent(map, _ -> new ConcurrentHashMap<>());
  }

  void change(String map, Map<String, Optional<String>> texts, Promise<Void> done) {
    refusalOf(new Change(map, texts, done)).ifPresent(done::fail);
  }

  /**
   * Empty if the change waits now: then the writer answers it, even if the file is being closed.
   */
  private synchronized Optional<GatewayError> refusalOf(Change change) {
    String why = broken;
    if (closed) return Optional.of(unavailable("the gateway is stopping"));
    if (why != null) return Optional.of(new GatewayError.Failed(Scope.MODULE, why));
    if (waiting.offer(change)) return Optional.empty();
    return Optional.of(
        unavailable("%d changes of the state wait for the disk".formatted(WAITING_MAX)));
  }

  private static GatewayError unavailable(String what) {
    return new GatewayError.Unavailable(Scope.MODULE, ASK_AGAIN, what);
  }

  private void writeWhatWaits() {
    List<Change> batch = new ArrayList<>();
    for (boolean closing = false; !closing; batch.clear()) {
      try {
        batch.add(waiting.take());
      } catch (InterruptedException _) {
        return; // nobody but close has this thread, and it does not interrupt
      }
      waiting.drainTo(batch);
      closing = batch.removeIf(change -> change.map().equals(CLOSING));
      if (!batch.isEmpty()) commit(batch);
    }
  }

  private void commit(List<Change> batch) {
    String why = broken;
    if (why == null) {
      try {
        for (Change change : batch) apply(change);
        store.commit();
        store.sync();
        seal = seal.at(store.getCurrentVersion());
        seal.write(sealFile);
      } catch (IOException | RuntimeException e) { // else the thread ends and nobody is answered
        why =
            "the state in %s could not be written (%s); changes are refused until the gateway is restarted"
                .formatted(folder, e.getMessage());
        broken = why;
      }
    }
    for (Change change : batch) answer(change, Optional.ofNullable(why));
  }

  /** Whoever hears the answer may throw, and must not end the thread that answers the others. */
  private void answer(Change change, Optional<String> failure) {
    try {
      if (failure.isPresent())
        change.done().fail(new GatewayError.Failed(Scope.MODULE, failure.get()));
      else show(change);
    } catch (RuntimeException e) {
      log.atError().addKeyValue("map", change.map()).setCause(e).log("a change's listener failed");
    }
  }

  private void apply(Change change) {
    MVMap<String, String> map = store.openMap(change.map());
    change
        .texts()
        .forEach((key, text) ->
            text.ifPresentOrElse(value -> map.put(key, value), () -> map.remove(key)));
  }

  private void show(Change change) {
    Map<String, String> shown = durable(change.map());
    change
        .texts()
        .forEach((key, text) ->
            text.ifPresentOrElse(value -> shown.put(key, value), () -> shown.remove(key)));
    change.done().complete();
  }

  /** Waits for the changes under way. Harmless twice. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) return;
      closed = true;
    }
    try {
      waiting.put(new Change(CLOSING, Map.of(), Promise.promise()));
      writer.join();
      store.closeImmediately(); // everything acknowledged is committed and synced
      sealFile.close();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw StateSeal.failed(folder, e);
    } finally {
      lock.close();
    }
  }
}
