package dev.penstock.p2p.annex;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.content.Putting;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Content that somebody sends. What becomes of what has come:
 *
 * <pre>
 *   complete, and what the key stands for      stored
 *   complete, and not that; or not valid       thrown away
 *   no room for it                             thrown away: the room is wanted
 *   given up, or less than was announced       kept, and gone on with at the next offer
 * </pre>
 *
 * <p><b>Threads.</b> The context that asked for it.
 */
final class AnnexUpload implements Putting.Upload {
  private final KeyStoreContext host;
  private final OpenRepository repository;
  private final Key key;
  private final Partial partial;
  private final Consumer<Future<Void>> ending;
  private final Promise<Void> gone = Promise.promise();
  private Future<Partial.Open> opened =
      Future.failedFuture(new IllegalStateException("begin comes first"));
  private Optional<Intake> intake = Optional.empty();
  private long announcedBytes;
  private long comeBytes;
  private boolean hasNoRoom;
  private boolean isOver;

  /**
   * @param ending gets, when this ends, what completes once it has given everything back
   */
  AnnexUpload(
      KeyStoreContext host,
      OpenRepository repository,
      Key key,
      Partial partial,
      Consumer<Future<Void>> ending) {
    this.host = host;
    this.repository = repository;
    this.key = key;
    this.partial = partial;
    this.ending = ending;
  }

  /** Completes once the next offer can go on with what is kept. Does not fail. */
  Future<Void> gone() {
    return gone.future();
  }

  @Override
  public long offset() {
    return partial.offset();
  }

  @Override
  public Future<Void> begin(long lengthBytes) {
    if (isOver || announcedBytes > 0 || intake.isPresent())
      return Future.failedFuture(new IllegalStateException("an upload begins once"));
    if (lengthBytes < 0)
      return Future.failedFuture(
          new GatewayError.Invalid("%d bytes cannot come".formatted(lengthBytes)));
    announcedBytes = lengthBytes;
    opened = host.run(() -> repository.partials().open(partial));
    return opened.compose(open -> {
      Intake into = new Intake(host, Intake.SHARES, key, open.file(), partial.offset());
      intake = Optional.of(into);
      if (isOver) into.giveUp();
      return into.rehash();
    });
  }

  @Override
  public Future<Void> write(Buffer bytes) {
    if (isOver || intake.isEmpty())
      return Future.failedFuture(new IllegalStateException("the upload is not under way"));
    if (bytes.length() > announcedBytes - comeBytes)
      return Future.failedFuture(
          new GatewayError.Invalid(
              "more than the %d bytes that were announced come for %s"
                  .formatted(announcedBytes, key)));
    comeBytes += bytes.length();
    return intake.get().write(bytes).onFailure(this::failed);
  }

  /** {@link Intake} has copied them by then. */
  @Override
  public boolean borrows() {
    return true;
  }

  private void failed(Throwable why) {
    hasNoRoom |= why instanceof GatewayError.NoSpace;
  }

  @Override
  public Future<Stored> complete(boolean valid) {
    if (isOver || intake.isEmpty())
      return Future.failedFuture(new IllegalStateException("the upload is not under way"));
    end();
    Intake into = intake.get();
    boolean isShort = comeBytes < announcedBytes || isShorterThanKey();
    return into.flush()
        .onFailure(this::failed)
        .compose(_ -> opened)
        .compose(open ->
            valid && !isShort
                ? host.run(() -> storedIfRight(open, into))
                : Future.succeededFuture(false))
        .onFailure(this::failed)
        .transform(stored -> {
          boolean isStored = stored.succeeded() && stored.result();
          boolean keeps = stored.failed() ? !hasNoRoom : valid && isShort;
          return leave(isStored, keeps)
              .transform(_ ->
                  stored.failed()
                      ? Future.<Boolean>failedFuture(stored.cause())
                      : Future.succeededFuture(isStored));
        })
        .compose(stored ->
            stored
                ? repository.record(key).map(_ -> new Stored(true, Set.of()))
                : Future.succeededFuture(Stored.NOT))
        // Not before it is recorded: a store that closes waits for this, and then for its log.
        .onComplete(_ -> gone.tryComplete());
  }

  private void end() {
    isOver = true;
    ending.accept(gone.future());
  }

  private boolean isShorterThanKey() {
    return key.contentBytes().isPresent()
        && partial.offset() + comeBytes < key.contentBytes().getAsLong();
  }

  private boolean storedIfRight(Partial.Open open, Intake into) {
    if (!into.matches()) return false;
    repository.store(key, open);
    return true;
  }

  @Override
  public void close() {
    if (isOver) return;
    end();
    intake.ifPresent(Intake::giveUp);
    intake
        .map(Intake::flush)
        .orElseGet(() -> opened.mapEmpty())
        .onFailure(this::failed)
        .onComplete(_ -> leave(false, !hasNoRoom).onComplete(_ -> gone.tryComplete()));
  }

  /** Gives everything back. */
  private Future<Boolean> leave(boolean stored, boolean keeps) {
    intake.ifPresent(Intake::close);
    return GivingBack.run(
        host,
        () -> {
          try {
            if (opened.succeeded()) opened.result().file().close();
          } finally {
            if (stored) repository.partials().letGo(partial);
            else if (keeps) repository.partials().keep(key, partial);
            else repository.partials().discard(partial);
          }
          return true;
        });
  }
}
