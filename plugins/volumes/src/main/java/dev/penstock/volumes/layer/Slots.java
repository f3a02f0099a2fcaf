package dev.penstock.volumes.layer;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The layers of a view by number, so that an owner takes 16 bits. Number 0 is nobody: the grain is
 * zero. A layer that was merged into another leaves its number to it: what was noted down before is
 * still right.
 *
 * <p><b>Threads.</b> Any number read; changes come one at a time.
 */
final class Slots {
  static final int ZERO = 0;

  /** What 16 bits can say, less two that mean something else. */
  static final int LAYERS_MAX = (1 << 16) - 2;

  private final Map<Layer, Integer> slots = new ConcurrentHashMap<>();
  private volatile @Nullable Layer[] bySlot;

  Slots(List<Layer> layers) {
    bySlot = new Layer[1 + layers.size()];
    for (int i = 0; i < layers.size(); i++) put(bySlot, 1 + i, layers.get(i));
  }

  private void put(@Nullable Layer[] to, int slot, Layer layer) {
    to[slot] = layer;
    slots.put(layer, slot);
  }

  Layer layer(int slot) {
    Layer layer = bySlot[slot];
    if (layer == null) throw new IllegalStateException("no layer has the number " + slot);
    return layer;
  }

  int slotOf(Layer layer) {
    Integer slot = slots.get(layer);
    if (slot == null)
      throw new IllegalStateException("layer %s has no number".formatted(layer.id()));
    return slot;
  }

  /**
   * Whether both are of one layer, which may have the numbers of those that were merged into it.
   */
  boolean isSame(int one, int other) {
    return one == other || (one != ZERO && other != ZERO && layer(one).equals(layer(other)));
  }

  boolean isFull() {
    return bySlot.length > LAYERS_MAX;
  }

  /** The number of a layer that had none. */
  int add(Layer layer) {
    if (isFull()) throw new IllegalStateException("too many layers have had a number");
    @Nullable Layer[] more = Arrays.copyOf(bySlot, bySlot.length + 1);
    put(more, more.length - 1, layer);
    bySlot = more;
    return more.length - 1;
  }

  /** Whatever was {@code merged}'s is {@code into}'s. */
  void merge(Layer merged, Layer into) {
    @Nullable Layer[] changed = bySlot.clone();
    for (int slot = 1; slot < changed.length; slot++)
      if (merged.equals(changed[slot])) changed[slot] = into;
    bySlot = changed;
    slots.put(merged, slotOf(into)); // for whoever builds a page of what was there before
  }
}
