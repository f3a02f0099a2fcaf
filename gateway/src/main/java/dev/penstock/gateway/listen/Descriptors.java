package dev.penstock.gateway.listen;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What Java has no call for and file descriptors that were inherited need: {@code fcntl(2)}. */
@SuppressWarnings("restricted") // bin/penstock enables native access
final class Descriptors {
  // Linux, <fcntl.h>
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int O_NONBLOCK = 0x800;

  private static final MethodHandle FCNTL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("fcntl"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT),
              Linker.Option.firstVariadicArg(2));

  private Descriptors() {}

  /** Another descriptor of the same file, which children of this process do not inherit. */
  static int duplicate(int descriptor) {
    return fcntl(descriptor, F_DUPFD_CLOEXEC, descriptor + 1);
  }

  static void makeNonBlocking(int descriptor) {
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK);
  }

  private static int fcntl(int descriptor, int command, int argument) {
    int answer;
    try {
      answer = (int) FCNTL.invokeExact(descriptor, command, argument);
    } catch (Throwable e) {
      throw new IllegalStateException("fcntl takes three numbers", e);
    }
    if (answer >= 0) return answer;
    throw new GatewayError.Failed(
        Scope.RESOURCE, "file descriptor %d cannot be used".formatted(descriptor));
  }
}
