package dev.penstock.spi.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.MemoryKeyStore;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An open store for each test, and what tests ask of it: each call on one and the same context. */
abstract class KeyStoreFixture {
  protected static final Caller CALLER =
      new Caller("11111111-2222-4333-8444-555555555555", Set.of(), Caller.NEWEST);

  /** What a sender has in its hands at a time. */
  private static final int PIECE_BYTES = 10_000;

  private Vertx vertx = Vertx.vertx();
  private Context context = vertx.getOrCreateContext();
  KeyStore store = new MemoryKeyStore();

  /** A store without content, open. The contract closes it, and then {@code vertx}. */
  protected abstract KeyStore open(Vertx vertx) throws Exception;

  /**
   * Lets time pass for the store. One whose time is nobody's to move does nothing, if it takes the
   * retention back when content is let go of.
   */
  protected void pass(Duration time) {}

  /** Whether what has come of an upload that was given up is gone on with. */
  protected boolean goesOnWithUploads() {
    return true;
  }

  @BeforeEach
  void openStore() throws Exception {
    store = open(vertx);
  }

  @AfterEach
  void closeStore() {
    try {
      on(() -> store.close());
    } finally {
      Settled.settled(vertx.close());
    }
  }

  /** What a call answers. */
  <T> T on(Supplier<Future<T>> call) {
    return Settled.done(asked(call));
  }

  Throwable failureOf(Supplier<? extends Future<?>> call) {
    return Settled.failure(asked(() -> call.get().map(answer -> (Object) String.valueOf(answer))));
  }

  <T> Future<T> asked(Supplier<Future<T>> call) {
    Promise<T> answer = Promise.promise();
    context.runOnContext(_ -> {
      try {
        call.get().onComplete(answer);
      } catch (RuntimeException e) {
        answer.fail(e);
      }
    });
    return answer.future();
  }

  boolean isPresent(Key key) {
    return on(() -> store.isPresent(key, CALLER));
  }

  Removal remove(Key key) {
    return on(() -> store.remove(key, OptionalLong.empty(), CALLER));
  }

  Putting offer(Key key) {
    return on(() -> store.put(key, Optional.of(RawText.of("a file")), CALLER));
  }

  Putting.Upload upload(Key key) {
    Putting putting = offer(key);
    assertThat(putting)
        .as("what is said to content that is not there")
        .isInstanceOf(Putting.Upload.class);
    return (Putting.Upload) putting;
  }

  void begin(Putting.Upload upload, long lengthBytes) {
    on(() -> upload.begin(lengthBytes));
  }

  void write(Putting.Upload upload, byte[] bytes) {
    for (int at = 0; at < bytes.length; at += PIECE_BYTES) {
      Buffer piece =
          Buffer.buffer(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + PIECE_BYTES)));
      write(upload, piece);
    }
  }

  /** What was lent is used again at once. */
  void write(Putting.Upload upload, Buffer piece) {
    on(() -> upload.write(piece));
    if (upload.borrows())
      for (int at = 0; at < piece.length(); at++) piece.setByte(at, (byte) ~piece.getByte(at));
  }

  Putting.Stored complete(Putting.Upload upload, boolean valid) {
    return on(() -> upload.complete(valid));
  }

  void close(Putting.Upload upload) {
    on(() -> {
      upload.close();
      return Future.succeededFuture();
    });
  }

  /** Sends what is left of content after the upload's offset. */
  Putting.Stored send(Putting.Upload upload, byte[] content) {
    byte[] rest = Arrays.copyOfRange(content, (int) upload.offset(), content.length);
    begin(upload, rest.length);
    write(upload, rest);
    return complete(upload, true);
  }

  void store(Key key, byte[] content) {
    assertThat(send(upload(key), content).stored()).as("%s is stored", key).isTrue();
  }

  byte[] content(Key key) {
    return content(key, 0);
  }

  byte[] content(Key key, long offset) {
    return on(() ->
        store
            .get(key, Optional.empty(), offset, CALLER)
            .compose(content -> read(content).onComplete(_ -> content.close())));
  }

  static Future<byte[]> read(Content content) {
    Promise<byte[]> all = Promise.promise();
    Buffer come = Buffer.buffer();
    content
        .bytes()
        .exceptionHandler(all::tryFail)
        .endHandler(_ -> all.tryComplete(come.getBytes()))
        .handler(come::appendBuffer);
    return all.future();
  }

  /** Reproducible bytes without a period that a wrong offset could hide behind. */
  static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static Key keyOf(byte[] content) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
      return Key.parse("SHA256-s%d--%s".formatted(content.length, HexFormat.of().formatHex(hash)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Each for content of three bytes. */
  static List<Key> oddKeys() {
    return List.of(
        Key.parse("WORM-s3-m1700000000--plain.txt"),
        Key.parse("WORM-s3-m1--with spaces and (brackets) [x]"),
        Key.parse("WORM-s3-m1--%25 & :colon:"),
        Key.parse("WORM-s3-m1--a/b//c/../d"),
        Key.parse("WORM-s3-m1--_under__scores_"),
        Key.parse("WORM-s3-m1--käse–日本"),
        Key.parse("WORM-s3-m1--.hidden?query=1&more#fragment+plus"),
        Key.parse("URL-s3--http&c%%example.com%a"),
        Key.parse("WORM--without a size"),
        Key.parse(RawText.of("WORM-s3-m1--\u00ff\u00fe\u0080 no utf-8".getBytes(ISO_8859_1))),
        Key.parse(RawText.of("WORM-s3-m1--\t\u0001 control".getBytes(ISO_8859_1))));
  }
}
