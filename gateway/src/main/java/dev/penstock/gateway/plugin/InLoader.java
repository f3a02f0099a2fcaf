package dev.penstock.gateway.plugin;

import java.util.function.Supplier;

/**
 * Calls a plugin with its own loader as the thread's: {@code ServiceLoader} and others ask there.
 */
public final class InLoader {
  private InLoader() {}

  public static <T> T call(ClassLoader loader, Supplier<T> body) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      return body.get();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  public static void run(ClassLoader loader, Runnable body) {
    call(
        loader,
        () -> {
          body.run();
          return true;
        });
  }
}
