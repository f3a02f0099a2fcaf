package dev.penstock.p2p;

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
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A repository in memory that counts what was lent and not given back, and fails, hangs and lies on
 * request. What is stored is what came: hashes are no matter of the server's. Any thread.
 */
public final class TestStore implements KeyStore {
  public static final String UUID = "11111111-1111-4111-8111-111111111111";

  private final String kind;
  private final String uuid;
  private final Map<Key, Buffer> stored = new ConcurrentHashMap<>();
  private final Map<Key, Buffer> partial = new ConcurrentHashMap<>();
  private final Map<Key, List<TestHold>> holds = new ConcurrentHashMap<>();
  private final Map<String, Promise<Void>> hanging = new ConcurrentHashMap<>();
  private final Map<String, RuntimeException> failing = new ConcurrentHashMap<>();
  private final List<Caller> callers = new CopyOnWriteArrayList<>();
  private final List<String> files = new CopyOnWriteArrayList<>();
  public final AtomicInteger contents = new AtomicInteger();
  public final AtomicInteger uploads = new AtomicInteger();

  /** Pieces that were written in memory that is not the heap's. */
  public final AtomicInteger lentPieces = new AtomicInteger();

  public final AtomicInteger asked = new AtomicInteger();
  public volatile boolean open;
  private volatile boolean valid = true;
  private volatile boolean refusesStored;
  private volatile Optional<Path> folder = Optional.empty();
  private volatile Set<String> also = Set.of();

  public TestStore() {
    this("memory", UUID);
  }

  public TestStore(String kind, String uuid) {
    this.kind = kind;
    this.uuid = uuid;
  }

  public TestStore has(String key, String content) {
    return has(key, Buffer.buffer(content));
  }

  public TestStore has(String key, Buffer content) {
    stored.put(Key.parse(key), content);
    return this;
  }

  public TestStore hasPart(String key, String content) {
    partial.put(Key.parse(key), Buffer.buffer(content));
    return this;
  }

  /** As if a disk had lost it. */
  public void forget(String key) {
    stored.remove(Key.parse(key));
  }

  /** From now on content is in files of this folder. */
  public void asFiles(Path in) {
    folder = Optional.of(in);
  }

  /** Content turns out to have been changed while it was read. */
  public void changesContent() {
    valid = false;
  }

  /** What comes is not what the key stands for. */
  public void refusesStored() {
    refusesStored = true;
  }

  public void also(String... uuids) {
    also = Set.of(uuids);
  }

  /** A call does not answer until the promise is completed. */
  public Promise<Void> hang(String call) {
    Promise<Void> promise = Promise.promise();
    hanging.put(call, promise);
    return promise;
  }

  /** Whoever calls from now on is answered at once. */
  public void goesOn(String call) {
    hanging.remove(call);
  }

  public void fail(String call, RuntimeException with) {
    failing.put(call, with);
  }

  public Optional<String> content(String key) {
    return Optional.ofNullable(stored.get(Key.parse(key))).map(Buffer::toString);
  }

  public Optional<String> part(String key) {
    return Optional.ofNullable(partial.get(Key.parse(key))).map(Buffer::toString);
  }

  public int held() {
    return holds.values().stream().mapToInt(List::size).sum();
  }

  public void loseHolds() {
    holds.values().forEach(list -> List.copyOf(list).forEach(TestHold::lose));
  }

  public List<Caller> callers() {
    return List.copyOf(callers);
  }

  public List<String> files() {
    return List.copyOf(files);
  }

  private <T> Future<T> answer(String call, Caller caller, Supplier<T> answer) {
    asked.incrementAndGet();
    callers.add(caller);
    RuntimeException failure = failing.get(call);
    if (failure != null) return Future.failedFuture(failure);
    Promise<Void> hangs = hanging.get(call);
    if (hangs == null) return Future.succeededFuture(answer.get());
    var here = Objects.requireNonNull(Vertx.currentContext());
    Promise<T> promise = Promise.promise();
    hangs.future().onComplete(_ -> here.runOnContext(_ -> promise.complete(answer.get())));
    return promise.future();
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public String summary() {
    return "In memory, for tests";
  }

  @Override
  public void validate(Block settings, Problems problems) {
    settings.optionalText("path", problems);
    settings.refuseOtherKeys(problems);
  }

  @Override
  public Future<Void> open(KeyStoreContext context) {
    RuntimeException failure = failing.get("open");
    if (failure != null) return Future.failedFuture(failure);
    open = true;
    return Future.succeededFuture();
  }

  @Override
  public String uuid() {
    return uuid;
  }

  @Override
  public Future<Boolean> isPresent(Key key, Caller caller) {
    return answer("isPresent", caller, () -> stored.containsKey(key));
  }

  @Override
  public Future<Content> get(Key key, Optional<RawText> file, long offset, Caller caller) {
    file.ifPresent(name -> files.add(name.toString()));
    Buffer content = stored.get(key);
    if (content == null)
      return Future.failedFuture(new GatewayError.NotFound("%s is not there".formatted(key)));
    return answer("get", caller, () -> new TestContent(content, offset));
  }

  @Override
  public Future<Putting> put(Key key, Optional<RawText> file, Caller caller) {
    file.ifPresent(name -> files.add(name.toString()));
    return answer(
        "put",
        caller,
        () -> stored.containsKey(key) ? new Putting.There(also) : new TestUpload(key));
  }

  @Override
  public Future<Putting.Stored> cameOtherwise(Key key, Optional<RawText> file, Caller caller) {
    return answer("cameOtherwise", caller, () -> new Putting.Stored(stored.containsKey(key), also));
  }

  @Override
  public Future<Removal> remove(Key key, OptionalLong before, Caller caller) {
    return answer(
        "remove",
        caller,
        () -> {
          if (!holds.getOrDefault(key, List.of()).isEmpty()) return Removal.REFUSED;
          if (before.isPresent() && before.getAsLong() <= 1000) return Removal.REFUSED;
          stored.remove(key);
          return new Removal(true, also);
        });
  }

  @Override
  public Future<Long> timestamp(Caller caller) {
    return answer("timestamp", caller, () -> 1000L);
  }

  @Override
  public Future<Optional<Hold>> lock(Key key, Caller caller) {
    return answer(
        "lock",
        caller,
        () -> {
          if (!stored.containsKey(key)) return Optional.empty();
          var hold = new TestHold(key);
          holds.computeIfAbsent(key, _ -> new CopyOnWriteArrayList<>()).add(hold);
          return Optional.of(hold);
        });
  }

  @Override
  public Future<Void> close() {
    open = false;
    holds.clear(); // whoever closes it leaves them to it
    return Future.succeededFuture();
  }

  private final class TestHold implements Hold {
    private final Key key;
    private final Promise<Void> lost = Promise.promise();

    private TestHold(Key key) {
      this.key = key;
    }

    @Override
    public Future<Void> lost() {
      return lost.future();
    }

    private void lose() {
      release();
      lost.tryComplete();
    }

    @Override
    public Future<Void> release() {
      holds.getOrDefault(key, List.of()).remove(this);
      return Future.succeededFuture();
    }
  }

  private final class TestContent implements Content {
    private final Buffer bytes;
    private final Optional<Stored> file;
    private boolean closed;

    private TestContent(Buffer whole, long offset) {
      int from = (int) Math.min(offset, whole.length());
      this.bytes = whole.getBuffer(from, whole.length());
      this.file = folder.map(in -> new Stored(written(in, whole), from));
      contents.incrementAndGet();
    }

    private static Path written(Path in, Buffer whole) {
      try {
        return Files.write(Files.createTempFile(in, "content", ""), whole.getBytes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public long lengthBytes() {
      return bytes.length();
    }

    @Override
    public Optional<Stored> file() {
      return file;
    }

    @Override
    public ReadStream<Buffer> bytes() {
      return new Pieces(bytes);
    }

    @Override
    public Future<Boolean> valid() {
      return Future.succeededFuture(valid);
    }

    @Override
    public void close() {
      if (closed) return;
      closed = true;
      contents.decrementAndGet();
    }
  }

  private final class TestUpload implements Putting.Upload {
    private final Key key;
    private final Buffer bytes;
    private final long offset;
    private boolean closed;

    private TestUpload(Key key) {
      this.key = key;
      this.bytes = partial.getOrDefault(key, Buffer.buffer()).copy();
      this.offset = bytes.length();
      uploads.incrementAndGet();
    }

    @Override
    public long offset() {
      return offset;
    }

    @Override
    public Future<Void> begin(long lengthBytes) {
      Promise<Void> hangs = hanging.get("begin");
      if (hangs == null) return Future.succeededFuture();
      var here = Objects.requireNonNull(Vertx.currentContext());
      Promise<Void> begun = Promise.promise();
      hangs.future().onComplete(_ -> here.runOnContext(_ -> begun.complete()));
      return begun.future();
    }

    @Override
    public boolean borrows() {
      return true;
    }

    @Override
    public Future<Void> write(Buffer piece) {
      RuntimeException failure = failing.get("write");
      if (failure != null) return Future.failedFuture(failure);
      if (((BufferInternal) piece).getByteBuf().isDirect()) lentPieces.incrementAndGet();
      bytes.appendBuffer(piece);
      return Future.succeededFuture();
    }

    @Override
    public Future<Putting.Stored> complete(boolean vouched) {
      boolean takes = vouched && !refusesStored;
      if (takes) stored.put(key, bytes);
      end();
      partial.remove(key);
      return Future.succeededFuture(takes ? new Putting.Stored(true, also) : Putting.Stored.NOT);
    }

    @Override
    public void close() {
      if (closed) return;
      partial.put(key, bytes);
      end();
    }

    private void end() {
      if (closed) return;
      closed = true;
      uploads.decrementAndGet();
    }
  }
}
