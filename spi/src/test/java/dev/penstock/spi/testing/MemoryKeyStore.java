package dev.penstock.spi.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

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
import dev.penstock.spi.testing.KeyStoreFaults.Call;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A repository in memory, with {@link #faults}. It verifies the size of content, and the hash of
 * {@code SHA256} and {@code SHA256E} keys. Its clocks are the context's.
 *
 * <p><b>Threads.</b> Any, also none of Vert.x.
 */
public final class MemoryKeyStore implements KeyStore {
  public static final String UUID = "5eed0000-0000-4000-8000-000000000001";

  private final String uuid;
  private final KeyStoreFaults faults = new KeyStoreFaults();
  private final Map<Key, byte[]> contents = new HashMap<>();
  private final Map<Key, byte[]> partials = new HashMap<>();
  private final Map<Key, Integer> holds = new HashMap<>();
  private final Map<Key, Instant> retained = new HashMap<>();
  private final List<Caller> callers = new CopyOnWriteArrayList<>();
  private Optional<KeyStoreContext> host = Optional.empty();
  private int lent;

  public MemoryKeyStore() {
    this(UUID);
  }

  public MemoryKeyStore(String uuid) {
    this.uuid = uuid;
  }

  public KeyStoreFaults faults() {
    return faults;
  }

  /** Puts content there, whatever its key says. */
  public synchronized void has(Key key, byte[] content) {
    contents.put(key, content.clone());
  }

  /** Empty if it is not there. */
  public synchronized Optional<byte[]> content(Key key) {
    return Optional.ofNullable(contents.get(key)).map(byte[]::clone);
  }

  /** How many locks somebody has. */
  public synchronized int held() {
    return holds.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** How many contents and uploads were not closed. */
  public synchronized int lent() {
    return lent;
  }

  /** For whom it was asked, the oldest first. */
  public List<Caller> callers() {
    return List.copyOf(callers);
  }

  /** Ends the process that this stands for, and starts it anew: locks are gone, retention stays. */
  public synchronized void restart() {
    holds.clear();
  }

  private Instant now() {
    return host.orElseThrow(() -> new IllegalStateException("not open")).clock().instant();
  }

  private Future<Void> begin(Call call, Caller caller) {
    callers.add(caller);
    now(); // only an open one is asked
    return faults.begin(call);
  }

  private synchronized void lend(int count) {
    lent += count;
  }

  @Override
  public String kind() {
    return "memory";
  }

  @Override
  public String summary() {
    return "content in memory";
  }

  @Override
  public void validate(Block settings, Problems problems) {
    settings.refuseOtherKeys(problems);
  }

  @Override
  public Future<Void> open(KeyStoreContext context) {
    host = Optional.of(context);
    return Future.succeededFuture();
  }

  @Override
  public String uuid() {
    return uuid;
  }

  @Override
  public Future<Boolean> isPresent(Key key, Caller caller) {
    return begin(Call.PRESENT, caller).map(_ -> content(key).isPresent());
  }

  @Override
  public Future<Content> get(Key key, Optional<RawText> file, long offset, Caller caller) {
    return begin(Call.GET, caller)
        .map(_ ->
            content(key)
                .map(bytes -> {
                  lend(1);
                  int from = (int) Math.min(offset, bytes.length);
                  return new MemoryContent(
                      Arrays.copyOfRange(bytes, from, bytes.length), () -> lend(-1));
                })
                .orElseThrow(() -> new GatewayError.NotFound("there is no " + key)));
  }

  @Override
  public Future<Putting> put(Key key, Optional<RawText> file, Caller caller) {
    return begin(Call.PUT, caller)
        .map(_ -> {
          if (content(key).isPresent()) return new Putting.There(Set.of());
          lend(1);
          return new Upload(key, takePartial(key));
        });
  }

  private synchronized byte[] takePartial(Key key) {
    return Optional.ofNullable(partials.remove(key)).orElse(new byte[0]);
  }

  @Override
  public Future<Putting.Stored> cameOtherwise(Key key, Optional<RawText> file, Caller caller) {
    return begin(Call.OTHERWISE, caller)
        .map(_ -> new Putting.Stored(content(key).isPresent(), Set.of()));
  }

  @Override
  public Future<Removal> remove(Key key, OptionalLong before, Caller caller) {
    return begin(Call.REMOVE, caller).map(_ -> removed(key, before));
  }

  private synchronized Removal removed(Key key, OptionalLong before) {
    if (faults.refuses(Call.REMOVE)) return Removal.REFUSED;
    if (!contents.containsKey(key)) return Removal.DONE;
    boolean tooLate = before.isPresent() && now().getEpochSecond() >= before.getAsLong();
    boolean isRetained = retained.getOrDefault(key, Instant.MIN).isAfter(now());
    if (tooLate || isRetained || holds.containsKey(key)) return Removal.REFUSED;
    contents.remove(key);
    return Removal.DONE;
  }

  @Override
  public Future<Long> timestamp(Caller caller) {
    return begin(Call.TIMESTAMP, caller).map(_ -> now().getEpochSecond());
  }

  @Override
  public Future<Optional<Hold>> lock(Key key, Caller caller) {
    return begin(Call.LOCK, caller).map(_ -> locked(key));
  }

  private synchronized Optional<Hold> locked(Key key) {
    if (!contents.containsKey(key) || faults.refuses(Call.LOCK)) return Optional.empty();
    holds.merge(key, 1, Integer::sum);
    retained.put(key, now().plus(RETENTION));
    return Optional.of(new MemoryHold(key));
  }

  @Override
  public Future<Void> close() {
    host = Optional.empty();
    return Future.succeededFuture();
  }

  private final class MemoryHold implements Hold {
    private final Key key;
    private boolean isReleased;

    private MemoryHold(Key key) {
      this.key = key;
    }

    @Override
    public Future<Void> lost() {
      return Promise.<Void>promise().future();
    }

    @Override
    public Future<Void> release() {
      return faults.begin(Call.RELEASE).onSuccess(_ -> letGo()).otherwiseEmpty();
    }

    private void letGo() {
      synchronized (MemoryKeyStore.this) {
        if (isReleased) return;
        isReleased = true;
        holds.computeIfPresent(key, (_, count) -> count - 1);
        if (holds.remove(key, 0)) retained.remove(key);
      }
    }
  }

  private final class Upload implements Putting.Upload {
    private final Key key;
    private final long offset;
    private Buffer come;
    private long announced = -1;
    private boolean isOver;

    private Upload(Key key, byte[] partial) {
      this.key = key;
      this.offset = partial.length;
      this.come = Buffer.buffer(partial);
    }

    @Override
    public long offset() {
      return offset;
    }

    @Override
    public Future<Void> begin(long lengthBytes) {
      announced = lengthBytes;
      return faults.begin(Call.BEGIN);
    }

    @Override
    public boolean borrows() {
      return true;
    }

    @Override
    public Future<Void> write(Buffer bytes) {
      if (isOver || come.length() + bytes.length() > offset + announced)
        return Future.failedFuture(
            new GatewayError.Invalid("more than %d bytes come".formatted(announced)));
      return faults
          .begin(Call.WRITE)
          .map(_ -> {
            come.appendBuffer(bytes);
            return null;
          });
    }

    @Override
    public Future<Stored> complete(boolean valid) {
      isOver = true;
      return faults.begin(Call.COMPLETE).map(_ -> stored(valid)).onComplete(_ -> lend(-1));
    }

    private Stored stored(boolean valid) {
      synchronized (MemoryKeyStore.this) {
        boolean isShort =
            come.length() < offset + announced || key.contentBytes().orElse(0) > come.length();
        if (valid && isShort) partials.put(key, come.getBytes());
        if (isShort || !valid || !matches(key, come.getBytes()) || faults.refuses(Call.COMPLETE))
          return Stored.NOT;
        contents.put(key, come.getBytes());
        return new Stored(true, Set.of());
      }
    }

    @Override
    public void close() {
      if (isOver) return;
      isOver = true;
      lend(-1);
      synchronized (MemoryKeyStore.this) {
        partials.merge(
            key, come.getBytes(), (one, other) -> one.length > other.length ? one : other);
      }
    }
  }

  private static boolean matches(Key key, byte[] content) {
    if (key.contentBytes().isPresent() && key.contentBytes().getAsLong() != content.length)
      return false;
    if (!key.backend().startsWith("SHA256") || key.chunk().isPresent()) return true;
    byte[] name = key.name().split("\\.", 2)[0].getBytes(ISO_8859_1);
    return HexFormat.of().formatHex(sha256(content)).equals(new String(name, ISO_8859_1));
  }

  static byte[] sha256(byte[] content) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
