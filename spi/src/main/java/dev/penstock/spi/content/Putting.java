package dev.penstock.spi.content;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Set;

/**
 * What a {@link KeyStore} says to content that is offered.
 *
 * @since SPI 1.0
 */
public sealed interface Putting {
  /**
   * It is there; no byte is wanted.
   *
   * @param also the uuids of other repositories that have it as well
   */
  record There(Set<String> also) implements Putting {
    public There {
      also = Set.copyOf(also);
    }
  }

  /**
   * Takes the content's bytes from {@link #offset} on.
   *
   * <p><b>Lifecycle.</b> {@link #begin}; {@link #write}, each once the one before has completed;
   * then {@link #complete}, or {@link #close} at any time, which gives it up. What has come until
   * then is kept where it can be: the next offer goes on there. Closing after the end is harmless.
   *
   * <p><b>Threads.</b> The context that asked for it.
   */
  non-sealed interface Upload extends Putting, AutoCloseable {
    long offset();

    /**
     * @param lengthBytes how many will come, from {@link #offset} to the end
     */
    Future<Void> begin(long lengthBytes);

    /**
     * @param bytes not changed before the future completes, and given back then
     */
    Future<Void> write(Buffer bytes);

    /**
     * Whether bytes can be lent to it: those of a write are not looked at any more once its future
     * has completed, whatever becomes of the upload, and it does complete. They come in memory then
     * that is used again at once, which spares a copy of all that comes.
     */
    default boolean borrows() {
      return false;
    }

    /**
     * All have come. Whether they are stored: durably, and as the key says. They are not if the
     * sender says that they are not valid, or if they are not what the key stands for; those are
     * thrown away.
     *
     * @param valid whether the sender vouches for them
     */
    Future<Stored> complete(boolean valid);

    @Override
    void close();
  }

  /**
   * What came of it.
   *
   * @param also the uuids of other repositories that have it now as well
   */
  record Stored(boolean stored, Set<String> also) {
    public static final Stored NOT = new Stored(false, Set.of());

    public Stored {
      also = Set.copyOf(also);
    }
  }
}
