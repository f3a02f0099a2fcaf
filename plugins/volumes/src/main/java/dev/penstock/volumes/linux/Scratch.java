package dev.penstock.volumes.linux;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The native memory that one call needs: where its error number goes, one vector, and room to copy
 * through for buffers on the heap. One thread at a time has it, between {@link ScratchPool#borrow}
 * and {@link ScratchPool#giveBack}.
 */
final class Scratch {
  /** Large enough that the copying, and not the number of calls, is what a heap buffer costs. */
  static final int COPY_BYTES = 128 << 10;

  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

  private static final AddressLayout BASE = ValueLayout.ADDRESS;
  private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG;

  /** {@code struct iovec}. */
  private static final StructLayout IOVEC =
      MemoryLayout.structLayout(BASE.withName("base"), LENGTH.withName("length"));

  private static final VarHandle IOVEC_BASE = IOVEC.varHandle(PathElement.groupElement("base"));
  private static final VarHandle IOVEC_LENGTH = IOVEC.varHandle(PathElement.groupElement("length"));

  /** Where the pool keeps it. */
  final int place;

  final MemorySegment callState;
  final MemorySegment iovec;
  private final Arena arena = Arena.ofAuto(); // freed when the pool is no longer used by anybody
  private @Nullable MemorySegment copy;

  Scratch(int place) {
    this.place = place;
    callState = arena.allocate(CALL_STATE);
    iovec = arena.allocate(IOVEC);
  }

  /** The error number of the last call that answered an error. */
  int errno() {
    return (int) ERRNO.get(callState, 0L);
  }

  /** The caller keeps {@code to} reachable until the call has returned. */
  void vector(MemorySegment to) {
    IOVEC_BASE.set(iovec, 0L, to);
    IOVEC_LENGTH.set(iovec, 0L, to.byteSize());
  }

  MemorySegment copy() {
    MemorySegment made = copy;
    if (made == null) copy = made = arena.allocate(COPY_BYTES, Long.BYTES);
    return made;
  }
}
