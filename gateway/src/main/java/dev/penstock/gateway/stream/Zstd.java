package dev.penstock.gateway.stream;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.util.Native;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.RecordCompression;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Zstandard (RFC 8878) by its own C library. The gateway has it for all modules: Java loads a
 * native library for one class loader at a time, and a plugin that is loaded anew has another one.
 *
 * <p><b>Threads.</b> Any. <b>Memory.</b> What one record takes, for as many as are worked on at
 * once, and at most {@link #KEPT_MAX} of each kind between calls: to make it anew costs more than a
 * small record. A frame that says it holds more than there is room for gets none.
 */
public final class Zstd implements RecordCompression {
  private static final Logger log = LoggerFactory.getLogger(Zstd.class);

  /** Whoever sends shares the machine with clients: higher levels take several times as long. */
  private static final int LEVEL = 1;

  private static final int KEPT_MAX = 4;

  private final Kept<ZstdCompressCtx> compressing =
      new Kept<>(() -> new ZstdCompressCtx().setLevel(LEVEL));
  private final Kept<ZstdDecompressCtx> decompressing = new Kept<>(ZstdDecompressCtx::new);

  private Zstd() {}

  /** Native memory that is used again. One thread at a time has each. */
  private static final class Kept<C> {
    private final BlockingQueue<C> idle = new ArrayBlockingQueue<>(KEPT_MAX);
    private final Supplier<C> made;

    Kept(Supplier<C> made) {
      this.made = made;
    }

    C take() {
      C one = idle.poll();
      return one == null ? made.get() : one;
    }

    /** Each call begins anew, whatever became of the one before. */
    void giveBack(C one, Consumer<C> close) {
      if (!idle.offer(one)) close.accept(one);
    }
  }

  private static final class Loaded {
    static final List<RecordCompression> COMPRESSIONS = load();

    private static List<RecordCompression> load() {
      try {
        Native.load();
        return List.of(new Zstd());
      } catch (LinkageError e) {
        log.atWarn()
            .addKeyValue("reason", e.toString())
            .log("zstd does not load here: what is sent is not compressed");
        return List.of();
      }
    }
  }

  /** This, if the library is for this machine, and may be loaded from where Java puts it. */
  public static List<RecordCompression> ifItLoads() {
    return Loaded.COMPRESSIONS;
  }

  @Override
  public int id() {
    return ZSTD;
  }

  @Override
  public boolean compress(ByteBuffer source, ByteBuffer target) {
    ZstdCompressCtx zstd = compressing.take();
    try {
      if (source.isDirect() && target.isDirect()) {
        zstd.compress(target, source);
        return true;
      }
      byte[] from = onHeap(source);
      byte[] to = new byte[target.remaining()];
      target.put(to, 0, zstd.compressByteArray(to, 0, to.length, from, 0, from.length));
      return true;
    } catch (ZstdException _) { // it does not fit; or there is no memory for it
      return false;
    } finally {
      compressing.giveBack(zstd, ZstdCompressCtx::close);
    }
  }

  @Override
  public void decompress(ByteBuffer source, ByteBuffer target) {
    ZstdDecompressCtx zstd = decompressing.take();
    try {
      int wanted = target.remaining();
      int bytes = unpacked(zstd, source, target);
      if (bytes != wanted)
        throw new GatewayError.Damaged(
            "what was compressed with zstd holds %d bytes, not %d".formatted(bytes, wanted));
    } catch (ZstdException e) {
      throw new GatewayError.Damaged(
          "these are not %d bytes that were compressed with zstd: %s"
              .formatted(target.remaining(), e.getMessage()),
          e);
    } finally {
      decompressing.giveBack(zstd, ZstdDecompressCtx::close);
    }
  }

  private static int unpacked(ZstdDecompressCtx zstd, ByteBuffer source, ByteBuffer target) {
    if (source.isDirect() && target.isDirect()) return zstd.decompress(target, source);
    byte[] from = onHeap(source);
    byte[] to = target.isDirect() ? new byte[target.remaining()] : target.array();
    int at = target.isDirect() ? 0 : target.arrayOffset() + target.position();
    int bytes = zstd.decompressByteArray(to, at, target.remaining(), from, 0, from.length);
    if (target.isDirect()) target.put(to, 0, bytes);
    else target.position(target.position() + bytes);
    return bytes;
  }

  private static byte[] onHeap(ByteBuffer source) {
    byte[] bytes = new byte[source.remaining()];
    source.get(bytes);
    return bytes;
  }
}
