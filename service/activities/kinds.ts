/** An activity that a user can record, and the emissions that it avoids. */
export interface ActivityKind {
  /** Part of stored activities, so it is never removed or reused. */
  readonly id: string;
  /** Unit of the quantity. */
  readonly unit: "km" | "day" | "l" | "kg" | "kWh";
  /** Grams of CO2 equivalents avoided per unit, compared to the baseline. */
  readonly co2eGramsPerUnit: number;
  /** The alternative, and how the figure follows from the source. */
  readonly baseline: string;
  /** Where the figures are published. */
  readonly source: string;
  /**
   * Set in the release that adds a kind, and removed in the next: during a release and after a rollback, the version before serves
   * requests, too, and must know what `/v1/activity-kinds` lists.
   * @default it is listed
   */
  readonly unlisted?: true;
}

/** Stored with the emissions of each activity. Every change of the table increments it. */
export const kindsVersion = 1;

/** Of the UK Government's conversion factors of 2022, per passenger and kilometre: petrol car 170 g, short flight 151 g. */
const travel = "https://ourworldindata.org/travel-carbon-footprint";

/** Global averages of Poore and Nemecek (2018), per kilogram of food. */
const food = "https://ourworldindata.org/grapher/food-emissions-production-supply-chain";

/** Scarborough and others (2014): a diet with 50 to 99 g of meat a day causes 5.63 kg of CO2e. */
const diets = "https://doi.org/10.1007/s10584-014-1169-1";

const alone = "one person in a petrol car, 170 g";

export const activityKinds: readonly ActivityKind[] = [
  {
    id: "walk",
    unit: "km",
    co2eGramsPerUnit: 170,
    baseline: `${alone}; what the walker eats is not counted`,
    source: travel,
  },
  {
    id: "bike_trip",
    unit: "km",
    co2eGramsPerUnit: 170,
    baseline: `${alone}; what the cyclist eats is not counted`,
    source: travel,
  },
  { id: "bus_trip", unit: "km", co2eGramsPerUnit: 73, baseline: `${alone}; the bus 97 g`, source: travel },
  { id: "coach_trip", unit: "km", co2eGramsPerUnit: 143, baseline: `${alone}; the coach 27 g`, source: travel },
  { id: "tram_trip", unit: "km", co2eGramsPerUnit: 141, baseline: `${alone}; the tram 29 g`, source: travel },
  { id: "train_trip", unit: "km", co2eGramsPerUnit: 135, baseline: `${alone}; the train 35 g`, source: travel },
  {
    id: "train_instead_of_flight",
    unit: "km",
    co2eGramsPerUnit: 116,
    baseline: "a short-haul flight, 151 g; the train 35 g",
    source: travel,
  },
  {
    id: "electric_car_trip",
    unit: "km",
    co2eGramsPerUnit: 123,
    baseline: `${alone}; the electric car 47 g`,
    source: travel,
  },
  {
    id: "shared_car_trip",
    unit: "km",
    co2eGramsPerUnit: 85,
    baseline: `${alone}; half of it for each of two`,
    source: travel,
  },
  {
    id: "vegetarian_day",
    unit: "day",
    co2eGramsPerUnit: 1_820,
    baseline: "a day with 50 to 99 g of meat, 5,630 g; without meat and fish 3,810 g",
    source: diets,
  },
  {
    id: "vegan_day",
    unit: "day",
    co2eGramsPerUnit: 2_740,
    baseline: "a day with 50 to 99 g of meat, 5,630 g; without anything of animals 2,890 g",
    source: diets,
  },
  {
    id: "plant_milk",
    unit: "l",
    co2eGramsPerUnit: 1_990,
    baseline: "cow's milk, 2,900 g; soy milk 910 g",
    source: food,
  },
  {
    id: "tofu_instead_of_beef",
    unit: "kg",
    co2eGramsPerUnit: 26_100,
    baseline: "beef of a dairy herd, 29,000 g; tofu 2,900 g",
    source: food,
  },
  {
    id: "aluminium_recycled",
    unit: "kg",
    co2eGramsPerUnit: 9_000,
    baseline: "aluminium made from ore",
    source: "http://www.alupro.org.uk/aluminium-and-the-carbon-economy/",
  },
  {
    id: "electricity_saved",
    unit: "kWh",
    co2eGramsPerUnit: 177,
    baseline: "electricity of the United Kingdom's grid",
    source: "https://www.gov.uk/government/publications/greenhouse-gas-reporting-conversion-factors-2025",
  },
];

const byId: ReadonlyMap<string, ActivityKind> = new Map(activityKinds.map((kind) => [kind.id, kind]));

/** Whether this version of the service can compute the emissions of a kind. A newer version may have stored others. */
export const isKnownKind = (id: string): boolean => byId.has(id);

/** The emissions that an activity avoids, in whole grams of CO2e, and the version of the table. The kind must be in the table. */
export const computeEmissions = (kind: string, quantity: number): { co2eGrams: number; kindsVersion: number } => ({
  co2eGrams: Math.round(byId.get(kind)!.co2eGramsPerUnit * quantity),
  kindsVersion,
});
