package dev.penstock.p2p.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
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
import dev.penstock.spi.testing.MemoryContent;
import dev.penstock.spi.testing.MemoryKeyStore;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A repository in memory that breaks its word: content breaks off after some bytes, and whatever is
 * closed is closed and then throws. Threads: any.
 */
public final class UnkindStore implements KeyStore {
  /** What becomes of content that is read. */
  public enum Reading {
    WELL,
    FAILS,
    /** As a server marks what is not valid. */
    ENDS_TOO_EARLY,
    /** All comes, and then it is said that it is not what was there. */
    IS_NOT_VALID
  }

  private final MemoryKeyStore memory;
  private final Reading reading;
  private final int breaksOffAfter;
  private final boolean throwsOnClose;

  private UnkindStore(
      MemoryKeyStore memory, Reading reading, int breaksOffAfter, boolean throwsOnClose) {
    this.memory = memory;
    this.reading = reading;
    this.breaksOffAfter = breaksOffAfter;
    this.throwsOnClose = throwsOnClose;
  }

  /**
   * @param bytes after which it breaks off, each time that it is read
   */
  public static UnkindStore breakingOff(MemoryKeyStore memory, Reading how, int bytes) {
    return new UnkindStore(memory, how, bytes, false);
  }

  public static UnkindStore throwingOnClose(MemoryKeyStore memory) {
    return new UnkindStore(memory, Reading.WELL, 0, true);
  }

  private void thrown() {
    if (throwsOnClose) throw new IllegalStateException("a bug in close");
  }

  @Override
  public String kind() {
    return memory.kind();
  }

  @Override
  public String summary() {
    return "content in memory that is not to be relied on";
  }

  @Override
  public void validate(Block settings, Problems problems) {
    memory.validate(settings, problems);
  }

  @Override
  public Future<Void> open(KeyStoreContext context) {
    return memory.open(context);
  }

  @Override
  public String uuid() {
    return memory.uuid();
  }

  @Override
  public Future<Boolean> isPresent(Key key, Caller caller) {
    return memory.isPresent(key, caller);
  }

  @Override
  public Future<Content> get(Key key, Optional<RawText> file, long offset, Caller caller) {
    return memory.get(key, file, offset, caller).map(UnkindContent::new);
  }

  @Override
  public Future<Putting> put(Key key, Optional<RawText> file, Caller caller) {
    return memory
        .put(key, file, caller)
        .map(putting -> putting instanceof Putting.Upload one ? new UnkindUpload(one) : putting);
  }

  @Override
  public Future<Putting.Stored> cameOtherwise(Key key, Optional<RawText> file, Caller caller) {
    return memory.cameOtherwise(key, file, caller);
  }

  @Override
  public Future<Removal> remove(Key key, OptionalLong before, Caller caller) {
    return memory.remove(key, before, caller);
  }

  @Override
  public Future<Long> timestamp(Caller caller) {
    return memory.timestamp(caller);
  }

  @Override
  public Future<Optional<Hold>> lock(Key key, Caller caller) {
    return memory.lock(key, caller);
  }

  @Override
  public Future<Void> close() {
    memory.close();
    thrown();
    return Future.succeededFuture();
  }

  private final class UnkindUpload implements Putting.Upload {
    private final Putting.Upload upload;

    private UnkindUpload(Putting.Upload upload) {
      this.upload = upload;
    }

    @Override
    public long offset() {
      return upload.offset();
    }

    @Override
    public Future<Void> begin(long lengthBytes) {
      return upload.begin(lengthBytes);
    }

    @Override
    public Future<Void> write(Buffer bytes) {
      return upload.write(bytes);
    }

    @Override
    public Future<Stored> complete(boolean valid) {
      return upload.complete(valid);
    }

    @Override
    public void close() {
      upload.close();
      thrown();
    }
  }

  private final class UnkindContent implements Content {
    private final Content content;

    private UnkindContent(Content content) {
      this.content = content;
    }

    @Override
    public long lengthBytes() {
      return content.lengthBytes();
    }

    @Override
    public ReadStream<Buffer> bytes() {
      return switch (reading) {
        case WELL, IS_NOT_VALID -> content.bytes();
        case FAILS, ENDS_TOO_EARLY ->
            new BrokenOff(new MemoryContent(new byte[breaksOffAfter], () -> {}).bytes());
      };
    }

    @Override
    public Future<Boolean> valid() {
      return reading == Reading.IS_NOT_VALID ? Future.succeededFuture(false) : content.valid();
    }

    @Override
    public void close() {
      content.close();
      thrown();
    }
  }

  /** Zeroes, and then what {@link #reading} says. */
  private final class BrokenOff implements ReadStream<Buffer> {
    private final ReadStream<Buffer> first;
    private @Nullable Handler<Throwable> failed;

    private BrokenOff(ReadStream<Buffer> first) {
      this.first = first;
    }

    @Override
    public BrokenOff handler(@Nullable Handler<Buffer> handler) {
      first.handler(handler);
      return this;
    }

    @Override
    public BrokenOff endHandler(@Nullable Handler<Void> handler) {
      first.endHandler(_ -> {
        if (reading == Reading.FAILS && failed != null)
          failed.handle(new GatewayError.Failed(Scope.REQUEST, "the disk is on fire"));
        else if (handler != null) handler.handle(null);
      });
      return this;
    }

    @Override
    public BrokenOff exceptionHandler(@Nullable Handler<Throwable> handler) {
      failed = handler;
      return this;
    }

    @Override
    public BrokenOff pause() {
      first.pause();
      return this;
    }

    @Override
    public BrokenOff resume() {
      first.resume();
      return this;
    }

    @Override
    public BrokenOff fetch(long amount) {
      first.fetch(amount);
      return this;
    }
  }
}
