using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Commands;

return new ReplayCommand(new ReplaySession(subjects: [], BaselineScheduler.All)).Invoke(args, Console.Out, Console.Error);
