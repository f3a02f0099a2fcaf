package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.Disk.Opening;
import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.Stat;
import dev.penstock.p2p.hash.KeyCheck;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.content.RawText;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A repository that was found, and everything that is done in it.
 *
 * <p><b>Threads.</b> Any that may block, but for {@link #journal} and {@link #preferred}.
 */
final class OpenRepository {
  private static final Logger LOG = LoggerFactory.getLogger(OpenRepository.class);

  private final KeyStoreContext host;
  private final Disk disk;
  private final Repository repository;
  private final Partials partials;
  private final Storing storing;
  private final Keeping keeping;
  private final Removing removing;
  private final Journal journal;
  private final PreferredContent preferred;

  OpenRepository(KeyStoreContext host, Disk disk, Repository repository, BootClock uptime) {
    this(host, disk, repository, uptime, Journal.BRANCH_LIMIT);
  }

  /**
   * @param branchLimit what the journal waits at most for git
   */
  OpenRepository(
      KeyStoreContext host,
      Disk disk,
      Repository repository,
      BootClock uptime,
      Duration branchLimit) {
    this.host = host;
    this.disk = disk;
    this.repository = repository;
    var locks = new FileLocks(disk);
    var names = new TemporaryNames(repository.layout());
    names.removeLeftovers(disk);
    this.partials = new Partials(disk, repository.layout(), locks, names);
    this.storing = new Storing(disk);
    this.keeping = new Keeping(disk, locks, names, host.clock());
    this.removing = new Removing(disk, locks, host.clock(), uptime);
    this.journal = new Journal(host, disk, repository, locks, names, branchLimit);
    this.preferred = new PreferredContent(host, repository.path(), repository.uuid());
  }

  String uuid() {
    return repository.uuid();
  }

  Partials partials() {
    return partials;
  }

  private List<ObjectPath> objects(Key key) {
    return repository.layout().objects(key);
  }

  boolean isPresent(Key key) {
    for (ObjectPath object : objects(key))
      if (disk.stat(object.file()).filter(Stat::isFile).isPresent()) return true;
    repository.requireThere(disk);
    return false;
  }

  /** As {@link #isPresent}, and its name survives a power cut. */
  boolean isDurable(Key key) {
    return isPresent(key) && objects(key).stream().anyMatch(this::isDurable);
  }

  StoredContent open(Key key, long offset) {
    for (ObjectPath object : objects(key)) {
      Optional<OpenFile> opened = disk.open(object.file(), Opening.READ);
      if (opened.isEmpty()) continue;
      OpenFile file = opened.get();
      try {
        return new StoredContent(host, key, file, file.stat(), offset);
      } catch (RuntimeException e) {
        file.close();
        throw e;
      }
    }
    repository.requireThere(disk);
    throw new GatewayError.NotFound("%s has no %s".formatted(repository.path(), key));
  }

  /**
   * Empty if it is there. {@link GatewayError.Denied} if the repository does not take such keys.
   */
  Optional<Partial> offer(Key key) {
    if (storing.isThere(objects(key))) return Optional.empty();
    if (repository.onlySecureHashes() && !KeyCheck.isSecure(key))
      throw new GatewayError.Denied(
          "%s takes only content with a secure hash (annex.securehashesonly), not %s"
              .formatted(repository.path(), key.backend()));
    return Optional.of(partials.claim(key));
  }

  void store(Key key, Partial.Open complete) {
    storing.store(complete.partial().path(), complete.file(), objects(key));
  }

  Optional<Keeping.Kept> keep(Key key) {
    for (ObjectPath object : objects(key)) {
      Optional<Keeping.Kept> kept = isDurable(object) ? keeping.keep(object) : Optional.empty();
      if (kept.isPresent()) return kept;
    }
    repository.requireThere(disk);
    return Optional.empty();
  }

  /** Whoever is told that it is kept drops a copy: a power cut must not take this one. */
  private boolean isDurable(ObjectPath object) {
    try {
      return storing.isThere(List.of(object));
    } catch (GatewayError.NotFound _) {
      return false; // it went just now
    }
  }

  Keeping keeping() {
    return keeping;
  }

  /** All of them have to go; there is seldom more than one. */
  Removing.Outcome remove(Key key, OptionalLong before) {
    Removing.Outcome outcome = Removing.Outcome.ABSENT;
    for (ObjectPath object : objects(key)) {
      Removing.Outcome one = removing.remove(object, before);
      if (one == Removing.Outcome.REFUSED) return one;
      if (one == Removing.Outcome.REMOVED) outcome = one;
    }
    if (outcome == Removing.Outcome.ABSENT) repository.requireThere(disk);
    return outcome;
  }

  /**
   * Completes when the location log has it, or cannot have it: what is on the disk is true, whether
   * the log says so or not, and {@code git annex fsck} mends a log.
   */
  Future<Boolean> record(Key key) {
    return journal
        .record(key)
        .map(true)
        .onFailure(why ->
            LOG.warn(
                "{}: the location log does not say what became of {}: {}; run git annex fsck there",
                repository.path(),
                key,
                why.getMessage()))
        .otherwise(false);
  }

  /** Any context; nothing blocks. */
  Future<Boolean> wants(Key key, Optional<RawText> file) {
    return preferred.wants(key, file);
  }

  Future<Void> close() {
    return Future.join(journal.close(), preferred.close()).mapEmpty();
  }
}
