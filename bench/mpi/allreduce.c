// MPI_Allreduce as a program in C calls it: floats, in place. Returns the seconds of one call.
#include <mpi.h>

double allreduce(float *x, int length, int repeats) {
  double start = MPI_Wtime();
  for (int i = 0; i < repeats; i++) MPI_Allreduce(MPI_IN_PLACE, x, length, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  return (MPI_Wtime() - start) / repeats;
}
