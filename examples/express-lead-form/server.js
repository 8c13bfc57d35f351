// Starts the application on PORT.
import { createApp } from './app.js';

const port = Number(process.env.PORT ?? 3000);
createApp().listen(port, () => console.log(`http://127.0.0.1:${port}`));
