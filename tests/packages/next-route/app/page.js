export default function Page() {
  return <p>Leads</p>;
}
