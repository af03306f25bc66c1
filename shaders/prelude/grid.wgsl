// grid: which pair of elements an invocation works on.
// A dimension of the grid holds at most 65,535 groups, so large tensors spread over two.

// Invocations in one group, for all one-dimensional work.
const WG: u32 = 256u;

// Index of the pair for invocation `id`, where one row of the grid is `grid_width` invocations wide.
fn pair_index(id: vec3<u32>, grid_width: u32) -> u32 {
    return id.y * grid_width + id.x;
}
