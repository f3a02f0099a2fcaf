package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the class after which a buffer was found that nobody released. Found by itself, for every
 * class: see {@code META-INF/services}.
 */
public final class NoLeaks implements AfterAllCallback {
  private static final long COLLECTED_WITHIN_MILLIS = 10_000;

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    collectGarbage();
    // The detector looks at what was collected when the next buffer is made.
    ByteBufAllocator.DEFAULT.directBuffer(1).release();
    assertThat(LiveBuffers.takeReports()).as("buffers that were lost").isEmpty();
  }

  /** Until something that is garbage now is known to be. */
  private static void collectGarbage() throws InterruptedException {
    var collected = new ReferenceQueue<Object>();
    var sentinel = new WeakReference<>(new Object(), collected);
    System.gc();
    assertThat(collected.remove(COLLECTED_WITHIN_MILLIS)).isSameAs(sentinel);
  }
}
