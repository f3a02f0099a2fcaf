package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.content.Removal;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A repository of git-annex on a disk of this machine, of version 10, with a working tree or bare.
 * git-annex can be used in it at the same time: its locks are respected, and ours by it.
 *
 * <p>Whoever lets go of content that is locked may have it removed at once; content whose lock
 * ended with the process stays for {@link KeyStore#RETENTION}.
 *
 * <p>Content of keys whose hash is not known here ({@link dev.penstock.p2p.hash}) is verified by
 * its size alone.
 */
@Extension
public final class AnnexStore implements KeyStore {
  private static final Logger LOG = LoggerFactory.getLogger(AnnexStore.class);

  private final Disk disk;
  private volatile Optional<Opened> opened = Optional.empty();

  public AnnexStore() {
    this(new LinuxDisk());
  }

  AnnexStore(Disk disk) {
    this.disk = disk;
  }

  /** Between {@link #open} and {@link #close}. */
  private static final class Opened {
    private final KeyStoreContext host;
    private final AnnexSettings settings;
    private final Disk disk;
    private final Map<Key, Future<Void>> ending = new ConcurrentHashMap<>();
    private final Set<AnnexUpload> uploads = ConcurrentHashMap.newKeySet();
    private final Set<StoredContent> contents = ConcurrentHashMap.newKeySet();
    private final Set<AnnexHold> holds = ConcurrentHashMap.newKeySet();
    private volatile Optional<OpenRepository> found = Optional.empty();

    private Opened(KeyStoreContext host, AnnexSettings settings, Disk disk) {
      this.host = host;
      this.settings = settings;
      this.disk = disk;
    }

    /** On a worker: looks for it if it was away. */
    private OpenRepository repository() {
      Optional<OpenRepository> now = found;
      return now.isPresent() ? now.get() : find();
    }

    private synchronized OpenRepository find() {
      if (found.isPresent()) return found.get();
      Repository repository = Repository.find(disk, settings.path());
      if (settings.uuid().filter(uuid -> !uuid.equalsIgnoreCase(repository.uuid())).isPresent())
        throw new GatewayError.Invalid(
            "%s has the uuid %s, not %s"
                .formatted(settings.path(), repository.uuid(), settings.uuid().get()));
      OpenRepository open = new OpenRepository(host, disk, repository, BootClock.KERNEL);
      found = Optional.of(open);
      return open;
    }

    private Future<Boolean> recorded(Key key) {
      return found.orElseThrow().record(key);
    }

    /** What ends just now, for the next one of the same key. */
    private void ends(Key key, Future<Void> gone) {
      Future<Void> all =
          ending.merge(key, gone, (one, other) -> Future.join(one, other).mapEmpty());
      all.onComplete(_ -> ending.remove(key, all));
    }

    private <T> Future<T> with(Function<OpenRepository, T> calls) {
      return host.run((Callable<T>) () -> calls.apply(repository()));
    }
  }

  @Override
  public String kind() {
    return "annex";
  }

  @Override
  public String summary() {
    return "repositories of git-annex in folders of this machine";
  }

  @Override
  public void validate(Block settings, Problems problems) {
    AnnexSettings.read(settings, problems);
    settings.refuseOtherKeys(problems);
  }

  @Override
  public Future<Void> open(KeyStoreContext context) {
    AnnexSettings settings =
        AnnexSettings.read(context.settings(), new Problems())
            .orElseThrow(() -> new IllegalStateException("the settings were not validated"));
    Opened opening = new Opened(context, settings, disk);
    return opening
        .with(OpenRepository::uuid)
        .recover(why -> {
          boolean isAway = why instanceof GatewayError.Unavailable && settings.uuid().isPresent();
          if (isAway) LOG.warn("{}: {}", context.repository(), why.getMessage());
          return isAway ? Future.succeededFuture("") : Future.failedFuture(why);
        })
        .map(_ -> {
          opened = Optional.of(opening);
          return null;
        });
  }

  private Opened opened() {
    return opened.orElseThrow(() -> new IllegalStateException("the repository is not open"));
  }

  @Override
  public String uuid() {
    Opened open = opened();
    return open.found
        .map(OpenRepository::uuid)
        .or(open.settings::uuid)
        .orElseThrow(() -> new IllegalStateException("a repository without uuid is open"));
  }

  @Override
  public Future<Boolean> isPresent(Key key, Caller caller) {
    return opened().with(repository -> repository.isPresent(key));
  }

  @Override
  public Future<Content> get(Key key, Optional<RawText> file, long offset, Caller caller) {
    if (offset < 0)
      return Future.failedFuture(new GatewayError.Invalid("offset %d".formatted(offset)));
    Opened open = opened();
    return open.with(repository -> repository.open(key, offset))
        .map(content -> {
          open.contents.add(content);
          content.gone().onComplete(_ -> open.contents.remove(content));
          return content;
        });
  }

  @Override
  public Future<Boolean> wants(Key key, Optional<RawText> file, Caller caller) {
    return opened().with(Function.identity()).compose(repository -> repository.wants(key, file));
  }

  @Override
  public Future<Putting> put(Key key, Optional<RawText> file, Caller caller) {
    Opened open = opened();
    // What was given up just now is gone on with.
    return Home.here(open.host.vertx())
        .answer(open.ending.getOrDefault(key, Future.succeededFuture()))
        .compose(_ -> open.with(repository -> repository.offer(key)))
        .map(partial ->
            partial
                .<Putting>map(into -> upload(open, key, into))
                .orElse(new Putting.There(Set.of())));
  }

  private static AnnexUpload upload(Opened open, Key key, Partial partial) {
    AnnexUpload upload =
        new AnnexUpload(
            open.host, open.found.orElseThrow(), key, partial, gone -> open.ends(key, gone));
    open.uploads.add(upload);
    upload.gone().onComplete(_ -> open.uploads.remove(upload));
    return upload;
  }

  @Override
  public Future<Putting.Stored> cameOtherwise(Key key, Optional<RawText> file, Caller caller) {
    Opened open = opened();
    return open.with(repository -> repository.isDurable(key))
        .compose(is ->
            is
                ? open.recorded(key).map(_ -> new Putting.Stored(true, Set.of()))
                : Future.succeededFuture(Putting.Stored.NOT));
  }

  @Override
  public Future<Removal> remove(Key key, OptionalLong before, Caller caller) {
    Opened open = opened();
    return open.with(repository -> repository.remove(key, before))
        .compose(outcome ->
            switch (outcome) {
              case REMOVED -> open.recorded(key).map(_ -> Removal.DONE);
              case ABSENT -> Future.succeededFuture(Removal.DONE);
              case REFUSED -> Future.succeededFuture(Removal.REFUSED);
            });
  }

  @Override
  public Future<Long> timestamp(Caller caller) {
    return opened().host.run(BootClock.KERNEL::seconds);
  }

  @Override
  public Future<Optional<Hold>> lock(Key key, Caller caller) {
    Opened open = opened();
    return open.with(repository ->
            repository.keep(key).map(kept -> new AnnexHold(open.host, repository.keeping(), kept)))
        .map(hold -> {
          hold.ifPresent(held -> {
            open.holds.add(held);
            held.released().onComplete(_ -> open.holds.remove(held));
          });
          return hold.map(Function.identity());
        });
  }

  @Override
  public Future<Void> close() {
    Optional<Opened> closing = opened;
    opened = Optional.empty();
    if (closing.isEmpty()) return Future.succeededFuture();
    Opened open = closing.get();
    return Future.join(givenBack(open))
        .transform(_ -> open.found.map(OpenRepository::close).orElseGet(Future::succeededFuture));
  }

  /** What is still lent. Locks that nobody let go of end as they do with the process. */
  private static List<Future<Void>> givenBack(Opened open) {
    List<Future<Void>> ends = new ArrayList<>();
    ends.add(Future.succeededFuture());
    for (AnnexUpload upload : open.uploads) {
      ends.add(upload.gone());
      upload.close();
    }
    for (StoredContent content : open.contents) {
      ends.add(content.gone());
      content.close();
    }
    for (AnnexHold hold : open.holds) ends.add(hold.abandon());
    return ends;
  }
}
