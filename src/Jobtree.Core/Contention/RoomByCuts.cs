using Jobtree.Core.Funding;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Whether cutting other work at an instant would make a demand fit and be worth while, which a reservation may count
/// on when it is activated.
/// </summary>
/// <param name="demand">The demand.</param>
/// <param name="cover">Who pays for it then. Wholly funded.</param>
/// <param name="now">The present instant.</param>
/// <param name="at">The instant.</param>
internal delegate bool RoomByCuts(Demand demand, Cover cover, DateTimeOffset now, DateTimeOffset at);
